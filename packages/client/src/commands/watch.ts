import type { ClientConfig } from '../config.ts'
import { pause } from '../library/pause.ts'
import type { Job, Queue } from '../library/wire-types.ts'
import { openLupa } from '../open-lupa.ts'
import { describePrediction } from '../predict/describe-prediction.ts'
import type { Terminal } from '../terminal.ts'
import { colour, printJobs, take } from './list-jobs.ts'

export interface WatchOptions {
  interval: number
  count?: number
  url?: string
  json?: boolean
}

const NEWEST = 10

/** `lupa watch`: the queue and the newest jobs, over and over; of one job each change, until it has ended. */
export async function watch(
  id: string | undefined,
  options: WatchOptions,
  deps: { config: ClientConfig; terminal: Terminal },
): Promise<boolean> {
  if (id !== undefined) return watchJob(id, options, deps)
  const { config, terminal } = deps
  const lupa = openLupa(options, config, { attempts: 4 })
  for (let round = 1; ; round++) {
    const [queue, newest] = await Promise.all([lupa.queue(), take(lupa.list(), NEWEST)])
    if (options.json) terminal.printLine(queue)
    else {
      terminal.clear()
      terminal.print(describeQueue(queue))
      if (newest.length > 0) printJobs(newest, terminal)
    }
    if (round === options.count) return true
    await pause(options.interval * 1000)
  }
}

function describeQueue(queue: Queue): string {
  const {
    waiting,
    running,
    oldest_waiting_seconds: oldest,
    rate_per_second: rate,
    eta_seconds: eta,
    workers,
  } = queue
  const slots = workers.reduce((sum, worker) => sum + worker.slots, 0)
  const busy = workers.reduce((sum, worker) => sum + worker.busy, 0)
  return [
    `${waiting} waiting${oldest === null ? '' : ` (the oldest for ${oldest.toFixed(1)} s)`}`,
    `${running} running`,
    rate === null ? 'no rate yet' : `${rate} a second`,
    ...(eta === null || waiting + running === 0 ? [] : [`all done in ${eta.toFixed(1)} s`]),
    `${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}, ${busy} of ${slots} slots busy`,
  ].join(' · ')
}

async function watchJob(
  id: string,
  options: WatchOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<boolean> {
  let last: Job | undefined
  for await (const job of openLupa(options, config).stream(id)) {
    last = job
    if (options.json) terminal.printLine(job)
    else
      terminal.print(
        `${new Date().toISOString().slice(11, 23)}  ${colour(job.status, terminal)}  ${newsOf(job)}`,
      )
  }
  return last?.status === 'succeeded'
}

function newsOf(job: Job): string {
  if (job.status === 'succeeded')
    return `${describePrediction(job)} in ${Math.round(job.timings.total_ms ?? 0)} ms`
  if (job.error) return `${job.error.code}: ${job.error.detail}`
  if (job.status === 'running') return `attempt ${job.attempt} on ${job.worker}`
  return job.queue ? `place ${job.queue.position}` : ''
}
