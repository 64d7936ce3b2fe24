import { chmodSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { endWithParent } from '@lupa/core/runtime/end-with-parent'
import { hashOfSources, isBuilt, STAMP_FILE } from './built-from.ts'

// node build/main.ts: builds the console into dist/, unless what is there was built from the same sources.

const CONSOLE = join(import.meta.dirname, '..')
const DIST = join(CONSOLE, 'dist')
/** How folders of builds that are not done begin. */
const MAKING = '.building-'
const LONGEST_BUILD_MS = 10 * 60_000

endWithParent()
if (!isBuilt(DIST)) await buildAside()

/** Beside the page that is being served, and then in its place: two builds at once do no harm either. */
async function buildAside(): Promise<void> {
  const startedAt = performance.now()
  // Whatever else starts now goes first.
  setPriority(5)
  // A build is worth loading Vite for; looking whether one is needed is not.
  const [{ build }, { default: config }] = await Promise.all([import('vite'), import('./vite.config.ts')])
  const builtFrom = hashOfSources()
  sweep()
  const made = mkdtempSync(join(CONSOLE, MAKING))
  try {
    await build({ ...config, configFile: false, build: { ...config.build, outDir: made, emptyOutDir: true } })
    writeFileSync(join(made, STAMP_FILE), builtFrom)
    // A folder for one's own eyes only is what mkdtemp makes; the gateway may run as another user.
    chmodSync(made, 0o755)
    replace(DIST, made)
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  process.stdout.write(`lupa: the console is built (${seconds} s)\n`)
}

/** Removes what builds left behind that were killed. */
function sweep(): void {
  for (const name of readdirSync(CONSOLE).filter((one) => one.startsWith(MAKING))) {
    const { mtimeMs = 0 } = statSync(join(CONSOLE, name), { throwIfNoEntry: false }) ?? {}
    if (Date.now() - mtimeMs > LONGEST_BUILD_MS) rmSync(join(CONSOLE, name), { recursive: true, force: true })
  }
}

/** A folder cannot be renamed onto another that holds something. */
function replace(place: string, made: string): void {
  const old = `${made}-old`
  for (let tries = 1; ; tries++) {
    try {
      renameSync(place, old)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    try {
      renameSync(made, place)
      break
    } catch (error) {
      // Another build was there first, in between.
      if (tries === 3 || (error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
    }
    rmSync(old, { recursive: true, force: true })
  }
  rmSync(old, { recursive: true, force: true })
}
