import { join } from 'node:path'
import { readMeasuredRates } from '../../packages/client/src/plan/measured-rates.ts'
import { readReport } from '../bench/report.ts'
import { ROOT } from '../checks/run-check.ts'
import type { JobCosts } from './virtual-cluster.ts'

/** What `pnpm bench` measured of a job; the model is that of one of its workloads. */
export function readJobCosts(workload: string, imageBytes: number): JobCosts {
  const rows = readReport(join(ROOT, 'docs/benchmarks'))?.rows ?? []
  const measured = (of: string, side: string, part: string): number => {
    const sides = rows.filter((row) => row.workload === of).flatMap((row) => row.sides)
    const ms = sides.find(({ name }) => name === side)?.cpuMs[part]
    if (ms === undefined) {
      throw new Error(
        `docs/benchmarks/latest.json does not say what ${part} takes for "${side}" of ${of}. Run pnpm bench --only ${of}.`,
      )
    }
    return ms
  }
  const { gateway, workerMs, redisMs } = readMeasuredRates()
  const redisSubmitMs = measured('gateway', 'durable 202', 'redis')
  return {
    gatewayMs: gateway.baseMs + gateway.msPerByte * imageBytes,
    // A poll is what a request without an image costs.
    refusalMs: measured('gateway', 'poll', 'gateway'),
    redisSubmitMs,
    redisWorkMs: redisMs - redisSubmitMs,
    slotMs: measured(workload, 'Lupa', 'child') + workerMs,
  }
}
