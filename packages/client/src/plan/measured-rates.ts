import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { CommandError } from '../command-error.ts'
import type { Rates } from './plan-capacity.ts'

const BENCHMARKS = resolve(import.meta.dirname, '../../../../docs/benchmarks')

/** What `pnpm bench` wrote down. */
const Bench = z.object({
  machine: z.object({ processor: z.string(), cores: z.number(), busyBefore: z.number() }),
  rows: z.array(
    z.object({
      workload: z.string(),
      sides: z.array(z.object({ name: z.string(), cpuMs: z.record(z.string(), z.number()) })),
      measuredAt: z.string(),
    }),
  ),
})
type Bench = z.output<typeof Bench>

/** What it does not. */
const Capacity = z.object({
  pictures: z.object({ classify: z.number(), 'classify-12mp': z.number() }),
  redis: z.object({
    waitingJobBytes: z.number(),
    hotCopyOverheadBytes: z.number(),
    cachedResultOverheadBytes: z.number(),
  }),
})

export interface MeasuredRates extends Pick<Rates, 'gateway' | 'workerMs' | 'redisMs' | 'redis'> {
  /** Where and when, in words. */
  source: string
}

/** What was measured of everything but the model: of the last `pnpm bench`, and of a Redis. */
export function readMeasuredRates(directory = BENCHMARKS): MeasuredRates {
  const bench = readJson(resolve(directory, 'latest.json'), Bench)
  const { pictures, redis } = readJson(resolve(directory, 'capacity.json'), Capacity)
  const [small, large] = [costsOf('classify', bench), costsOf('classify-12mp', bench)]
  return {
    gateway: lineThrough(
      { bytes: pictures.classify, ms: small.gateway },
      { bytes: pictures['classify-12mp'], ms: large.gateway },
    ),
    workerMs: small.worker,
    redisMs: small.redis,
    redis,
    source: sourceOf(bench),
  }
}

interface Point {
  bytes: number
  ms: number
}

/** What a request costs without its image, and with each byte of it. */
export function lineThrough(small: Point, large: Point): Rates['gateway'] {
  const msPerByte = (large.ms - small.ms) / (large.bytes - small.bytes)
  return { baseMs: small.ms - msPerByte * small.bytes, msPerByte }
}

function costsOf(workload: string, bench: Bench): { gateway: number; worker: number; redis: number } {
  const sides = bench.rows.filter((row) => row.workload === workload).flatMap((row) => row.sides)
  const { gateway, worker, redis } = sides.find(({ name }) => name === 'Lupa')?.cpuMs ?? {}
  if (gateway === undefined || worker === undefined || redis === undefined) {
    throw new CommandError(
      `docs/benchmarks/latest.json does not say what ${workload} costs. Run: npm run bench -- --only classify,classify-12mp.`,
    )
  }
  return { gateway, worker, redis }
}

function sourceOf({ machine, rows }: Bench): string {
  const day = rows.find(({ workload }) => workload === 'classify')?.measuredAt.slice(0, 10)
  return `pnpm bench of ${day}: ${machine.cores} cores (${machine.processor}), load average ${machine.busyBefore} before it`
}

function readJson<T>(path: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    throw new CommandError(`${path} cannot be read as what was measured. Run: npm run bench`, { cause })
  }
}
