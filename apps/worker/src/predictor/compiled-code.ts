import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A folder where children keep their compiled code: those that come later start twice as fast, which whoever waits
 * for the slot of a killed one feels. Undefined where there is none that is ours alone, for code from it is
 * run. https://nodejs.org/api/module.html#module-compile-cache
 */
export function compiledCodeFolder(): string | undefined {
  const uid = process.getuid?.()
  if (uid === undefined) return undefined
  const folder = join(tmpdir(), `lupa-compiled-${uid}`)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const found = lstatSync(folder)
    const isOurs = found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0
    return isOurs ? folder : undefined
  } catch {
    return undefined
  }
}
