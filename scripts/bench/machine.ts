import { execFileSync } from 'node:child_process'
import { cpus, loadavg, totalmem, type } from 'node:os'
import { coreCount } from '@lupa/core/runtime/settings'

/** What the numbers were measured on. */
export interface Machine {
  processor: string
  cores: number
  memoryGiB: number
  system: string
  node: string
  commit: string
  /** Others' work at the start of the measurements, in busy cores: numbers beside it are worth less. */
  busyBefore: number
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: coreCount(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${process.arch}`,
    node: process.version,
    commit: commitOf(),
    busyBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  }
}

function commitOf(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}
