import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Block {
  commands: string
  /** Why no test runs it; the page says so to its writers. */
  notRun: string | null
}

/** The shell blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  const found = page.matchAll(/(?:<!-- not run by a test: (.*?) -->\n *)?```sh\n([\s\S]*?)\n *```/g)
  return [...found].map(([, notRun = null, commands = '']) => ({ commands, notRun }))
}

/** One session, as a reader has one: what a block leaves in variables, the next one finds. */
export function sessionOf(blocks: Block[], url: string): string {
  const run = blocks.filter(({ notRun }) => notRun === null)
  return run
    .map(({ commands }) => `echo; echo '>' ${quoted(commands)}\n${commands}`)
    .join('\n')
    .replaceAll('localhost:5000', new URL(url).host)
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

/** A folder as the root of the repository looks to readers, and a `curl` that fails when it is refused. */
export function furnish(directory: string, root: string): NodeJS.ProcessEnv {
  symlinkSync(join(root, 'models'), join(directory, 'models'))
  const curl = join(directory, 'curl')
  const path = process.env.PATH ?? ''
  writeFileSync(curl, `#!/bin/sh\nPATH=${quoted(path)} exec curl -sS --fail-with-body "$@"\n`)
  chmodSync(curl, 0o755)
  return { ...process.env, PATH: `${directory}:${path}` }
}
