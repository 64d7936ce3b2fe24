import type { Job } from '@lupa/core/domain/job'
import type { Lupa } from '../../test/end-to-end/lupa.ts'
import { cpuTimesOf, difference } from './cpu-times.ts'
import type { Helper } from './helper.ts'
import type { LoadRequest, LoadRun } from './processes/load.ts'
import type { Run, Side } from './side.ts'
import { median } from './workload.ts'

/** Every picture goes through the model, on one thread. */
export const UNCACHED = { DEFAULT_MODEL: 'bench', RESULT_CACHE_SECONDS: '0', WORKER_THREADS: '1' }

/** Pictures that differ, each waited for. */
export function predictLoad(picture: string, clients: number): Omit<LoadRequest, 'seconds'> {
  return { path: '/predict', method: 'POST', clients, picture, distinct: true, counts: 200 }
}

/** Lupa under a load. Whatever does not count is an error. */
export function lupaSide(
  lupa: Lupa,
  load: Helper,
  request: Omit<LoadRequest, 'seconds'>,
  name = 'Lupa',
): Side {
  return {
    name,
    async run(seconds) {
      const before = cpuTimesOf(lupa)
      const run = await load.ask<LoadRun>({ ...request, seconds })
      assertAllCount(name, run, request.counts)
      const cpuMs = { ...difference(cpuTimesOf(lupa), before), load: run.cpuMs }
      return { ...toRun(run, cpuMs), stagesMs: stagesOf(run.samples) }
    },
  }
}

export function toRun(run: LoadRun, cpuMs: Record<string, number>): Run {
  const { answers, seconds, p50Ms, p99Ms } = run
  return { perSecond: answers / seconds, answers, p50Ms, p99Ms, cpuMs, stagesMs: {} }
}

export function assertAllCount(name: string, { statuses }: LoadRun, counts: number): void {
  const others = Object.keys(statuses).filter((status) => status !== `${counts}`)
  if (others.length > 0)
    throw new Error(`${name} answered ${JSON.stringify(statuses)} and not only ${counts}`)
}

/** Medians of what the jobs say of themselves. */
function stagesOf(samples: readonly string[]): Record<string, number> {
  const timings = samples.map((json) => (JSON.parse(json) as Partial<Job>).timings ?? {})
  const names = new Set(timings.flatMap((timing) => Object.keys(timing)))
  return Object.fromEntries(
    [...names]
      .filter((name) => name.endsWith('_ms'))
      .map((name) => [
        name,
        median(timings.map((timing) => Number(timing[name as keyof typeof timing] ?? 0))),
      ]),
  )
}
