import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const CONSOLE = join(import.meta.dirname, '..')
const CORE = join(CONSOLE, '../../packages/core/src')
const LOCKFILE = join(CONSOLE, '../../pnpm-lock.yaml')

/** What the page was built from lies beside it. */
export const STAMP_FILE = 'built-from.txt'

/** Changes whenever a build would give another page. */
export function hashOfSources(): string {
  const hash = createHash('sha256')
  for (const file of sources()) hash.update(file).update(readFileSync(file))
  return hash.digest('hex')
}

export function isBuilt(dist: string): boolean {
  try {
    return readFileSync(join(dist, STAMP_FILE), 'utf8') === hashOfSources()
  } catch {
    return false
  }
}

function sources(): string[] {
  const folders = [join(CONSOLE, 'src'), join(CONSOLE, 'build'), join(CONSOLE, 'public')]
  // Pure parts of the core are in the page as well.
  const shared = [join(CORE, 'domain'), join(CORE, 'formats')]
  const files = [...folders, ...shared]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
        .map((entry) => join(entry.parentPath, entry.name)),
    )
  return [...files.toSorted(), join(CONSOLE, 'index.html'), join(CONSOLE, 'package.json'), LOCKFILE].filter(
    (file) => existsSync(file),
  )
}
