import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { Worker } from 'node:worker_threads'

/** What a process that fetches images could do if a server had made it its own, as JSON in place of an image. */
const ATTEMPTS: Record<string, () => unknown> = {
  readPasswords: () => readFileSync('/etc/passwd'),
  readEnvironmentOfParent: () => readFileSync(`/proc/${process.ppid}/environ`),
  readBesideTheCode: () => readFileSync(new URL('../../../../package.json', import.meta.url)),
  write: () => writeFileSync(`${tmpdir()}/lupa-spy`, 'here'),
  spawn: () => spawn(process.execPath, ['--version']),
  thread: () => new Worker('1', { eval: true }),
  addon: () => process.dlopen({ exports: {} }, '/nowhere.node'),
}

function outcomeOf(attempt: () => unknown): string {
  try {
    attempt()
    return 'done'
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

process.on('message', ({ id }: { id: number }) => {
  const attempts = Object.entries(ATTEMPTS).map(([name, attempt]) => [name, outcomeOf(attempt)])
  const told = { environment: Object.keys(process.env), attempts: Object.fromEntries(attempts) }
  process.send?.({ type: 'fetched', id, image: Buffer.from(JSON.stringify(told)), imageName: null })
})
process.once('disconnect', () => process.exit())
