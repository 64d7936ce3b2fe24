import { readFileSync } from 'node:fs'
import { CHILD, GATEWAY, REDIS, WORKER } from '../../test/chaos/load.ts'
import type { Lupa } from '../../test/end-to-end/lupa.ts'

const KINDS = { gateway: GATEWAY, worker: WORKER, child: CHILD, redis: REDIS }

/** What each kind of process holds in memory, in MiB; of children the one that holds most. */
export function memoryOf(lupa: Lupa): Record<string, number> {
  const processes = lupa.processes()
  return Object.fromEntries(
    Object.entries(KINDS).map(([kind, pattern]) => [
      kind,
      Math.max(
        0,
        ...processes.filter(({ command }) => pattern.test(command)).map(({ pid }) => residentMiB(pid)),
      ),
    ]),
  )
}

function residentMiB(pid: number): number {
  try {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Math.round(Number(kib ?? 0) / 1024)
  } catch {
    return 0
  }
}
