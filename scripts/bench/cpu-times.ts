import { readFileSync } from 'node:fs'
import { CHILD, GATEWAY, REDIS, WORKER } from '../../test/chaos/load.ts'
import type { Lupa } from '../../test/end-to-end/lupa.ts'

/** Linux counts processor time in hundredths of a second: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const TICK_MS = 10

const KINDS = { child: CHILD, gateway: GATEWAY, redis: REDIS, worker: WORKER }

/** The processor time so far of everything that belongs to Lupa, by kind of process. */
export function cpuTimesOf(lupa: Lupa): Record<string, number> {
  const times: Record<string, number> = {}
  for (const { pid, command } of lupa.processes()) {
    const kind = Object.entries(KINDS).find(([, pattern]) => pattern.test(command))?.[0] ?? 'launcher'
    times[kind] = (times[kind] ?? 0) + cpuTimeMs(pid)
  }
  return times
}

/** User and system time of one process; 0 when it is gone. */
export function cpuTimeMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  } catch {
    return 0
  }
}

export function difference(
  after: Record<string, number>,
  before: Record<string, number>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, ms]) => [name, Math.max(0, ms - (before[name] ?? 0))]),
  )
}
