import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** What was told to end just now may take this long. */
const GRACE_MS = 5_000

/**
 * Kills every process that still runs with the variable in its environment, after a moment's grace,
 * and tells which they were. Linux only: elsewhere environments cannot be read, and none is found.
 */
export async function endLeftovers(variable: string, value: string): Promise<string[]> {
  const deadline = Date.now() + GRACE_MS
  let left = findProcesses(`${variable}=${value}`)
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(100)
    left = findProcesses(`${variable}=${value}`)
  }
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone at last.
    }
  }
  return left.map(({ pid, command }) => `${pid} ${command}`)
}

function findProcesses(assignment: string): { pid: number; command: string }[] {
  if (process.platform !== 'linux') return []
  const found = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    try {
      if (!readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(assignment)) continue
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').join(' ').trim()
      found.push({ pid: Number(name), command })
    } catch {
      // Another user's process, or gone since.
    }
  }
  return found
}
