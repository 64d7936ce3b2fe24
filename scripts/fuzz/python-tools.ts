import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A folder of Python programs with what `requirements` pins, made at its first use. A sentence in place of it
 * says why there is none.
 */
export function openPythonTools(
  toolsDirectory: string,
  name: string,
  requirements: string,
): { directory: string } | { missing: string } {
  const pins = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const environment = join(toolsDirectory, `${name}-${pins}`)
  const directory = join(environment, process.platform === 'win32' ? 'Scripts' : 'bin')
  const stamp = join(environment, 'lupa-ready')
  if (existsSync(stamp)) return { directory }
  const python = process.env.LUPA_PYTHON ?? 'python3'
  if (spawnSync(python, ['--version']).status !== 0) return { missing: `there is no ${python} here` }
  rmSync(environment, { recursive: true, force: true })
  mkdirSync(toolsDirectory, { recursive: true })
  const steps: [command: string, ...args: string[]][] = [
    [python, '-m', 'venv', environment],
    [join(directory, 'python'), '-m', 'pip', 'install', '--quiet', '--no-input', '-r', requirements],
  ]
  for (const [command, ...args] of steps) {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    if (status === 0) continue
    rmSync(environment, { recursive: true, force: true })
    return { missing: `${command} ${args.join(' ')} failed: ${(stderr ?? '').trim().slice(-500)}` }
  }
  writeFileSync(stamp, '')
  return { directory }
}
