import { join } from 'node:path'
import { readMeasuredRates } from '../../packages/client/src/plan/measured-rates.ts'
import { readReport } from '../bench/report.ts'
import { ROOT } from '../checks/run-check.ts'
import type { RealPart } from './report.ts'
import type { JobCosts } from './virtual-cluster.ts'

/**
 * What a job takes: the model by `pnpm bench`, the rest by the real part of the simulation, at its highest rate, for
 * a busy process does more at each wake-up; by `pnpm bench` where the real part was not run.
 */
export function readJobCosts(workload: string, imageBytes: number, real: RealPart | undefined): JobCosts {
  const rows = readReport(join(ROOT, 'docs/benchmarks'))?.rows ?? []
  const measured = (of: string, side: string, part: string): number => {
    const sides = rows.filter((row) => row.workload === of).flatMap((row) => row.sides)
    const ms = sides.find(({ name }) => name === side)?.cpuMs[part]
    if (ms === undefined) {
      throw new Error(
        `docs/benchmarks/latest.json does not say what ${part} takes for "${side}" of ${of}. Run: npm run bench -- --only ${of}`,
      )
    }
    return ms
  }
  const rates = readMeasuredRates()
  const busiest = real?.runs.toSorted((one, other) => other.endedPerSecond - one.endedPerSecond)[0]
  const {
    gateway: baseMs,
    redis,
    worker,
  } = busiest?.cpuMs ?? {
    gateway: rates.gateway.baseMs,
    redis: rates.redisMs,
    worker: rates.workerMs,
  }
  const bytesMore = imageBytes - (busiest ? (real?.imageBytes ?? 0) : 0)
  const submitShare = measured('gateway', 'durable 202', 'redis') / rates.redisMs
  return {
    gatewayMs: baseMs + rates.gateway.msPerByte * bytesMore,
    // A poll is what a request without an image costs; a cached answer is one that asks Redis once.
    refusalMs: measured('gateway', 'poll', 'gateway'),
    redisRefusalMs: measured('gateway', 'cached answer', 'redis'),
    redisSubmitMs: redis * submitShare,
    redisWorkMs: redis * (1 - submitShare),
    slotMs: measured(workload, 'Lupa', 'child') + worker,
  }
}
