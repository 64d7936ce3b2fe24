import { readFile } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { type Percentiles, percentilesOf } from '../bench/percentiles.ts'
import { distinct, sampleImage } from '../bench/sample-image.ts'
import { UsageError } from '../command-error.ts'
import type { ClientConfig } from '../config.ts'
import { formatTable } from '../format-table.ts'
import { LupaError, ProblemError, UnreachableError } from '../library/errors.ts'
import type { Lupa } from '../library/lupa.ts'
import { pause } from '../library/pause.ts'
import { runMany } from '../library/run-many.ts'
import type { Job } from '../library/wire-types.ts'
import { openLupa } from '../open-lupa.ts'
import { findSources } from '../predict/find-sources.ts'
import type { Terminal } from '../terminal.ts'

export interface BenchOptions {
  rate?: number
  concurrency: number
  duration: number
  count: number
  model?: string
  url?: string
  json?: boolean
}

/** What an installation did under a load; times in milliseconds. */
export interface BenchReport {
  url: string
  model: string | null
  asked: { rate: number | null; concurrency: number; images: number }
  seconds: number
  succeeded: number
  failed: Record<string, number>
  /** Of those that succeeded. */
  rate_per_second: number
  /** As its client sees it, from the request to the result. */
  latency_ms: Percentiles | null
  stages_ms: Record<string, Percentiles>
  batch_size: Percentiles | null
}

/** The jobs of a run are erased soon. */
const RETENTION_SECONDS = 60
const TIMEOUT_MS = 60_000

/** `lupa bench`: a bounded load. Resolves to whether every image was predicted. */
export async function bench(
  wanted: string[],
  options: BenchOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<boolean> {
  const lupa = openLupa(options, config, { attempts: 1 })
  const images = await readImages(wanted)
  const begun = `${Date.now()}`
  const jobs: { job: Job; tookMs: number }[] = []
  const failed: Record<string, number> = {}
  const beganMs = performance.now()
  const untilMs = beganMs + options.duration * 1000
  {
    using bar = terminal.bar('benching')
    for await (const outcome of runMany(numbers(options, untilMs), options.concurrency, once)) {
      if (outcome.failure === undefined) jobs.push(outcome)
      else failed[outcome.failure] = (failed[outcome.failure] ?? 0) + 1
      bar.update(
        Math.min(options.duration, Math.round((performance.now() - beganMs) / 1000)),
        options.duration,
      )
    }
  }
  const seconds = (performance.now() - beganMs) / 1000
  const report = toReport(lupa, options, { jobs, failed, seconds })
  if (options.json) terminal.printJson(report)
  else printReport(report, terminal)
  return Object.keys(failed).length === 0

  /** Other bytes each time: what was seen before would be answered from the cache. */
  async function once(number: number) {
    const image = distinct(images[number % images.length] as Uint8Array, `${begun} ${number}`)
    const startedMs = performance.now()
    try {
      const job = await lupa.predict(image, {
        ...(options.model === undefined ? {} : { model: options.model }),
        tags: ['lupa-bench'],
        retention_seconds: RETENTION_SECONDS,
        timeoutMs: TIMEOUT_MS,
      })
      return { job, tookMs: performance.now() - startedMs, failure: undefined }
    } catch (error) {
      if (!(error instanceof LupaError) || error instanceof UnreachableError || isHopeless(error)) throw error
      return { failure: error instanceof ProblemError ? (error.code ?? `${error.status}`) : error.name }
    }
  }
}

const isHopeless = (error: LupaError) =>
  error instanceof ProblemError && [400, 401, 403, 404].includes(error.status)

async function readImages(wanted: string[]): Promise<Uint8Array[]> {
  if (wanted.length === 0) return [sampleImage()]
  const sources = await findSources(wanted)
  return Promise.all(
    sources.map(({ image, label }) => {
      if (typeof image === 'string' && !/^https?:/i.test(image)) return readFile(image)
      throw new UsageError(`${label} is no file: a bench sends bytes.`)
    }),
  )
}

/** Numbers of images to send: at a steady rate where one is asked for, until there are enough or the time is over. */
async function* numbers({ rate, count }: BenchOptions, untilMs: number): AsyncGenerator<number> {
  const beganMs = performance.now()
  for (let number = 0; number < count; number++) {
    const dueMs = rate === undefined ? performance.now() : beganMs + (number * 1000) / rate
    if (dueMs >= untilMs) return
    if (dueMs > performance.now()) await pause(dueMs - performance.now())
    yield number
  }
}

function toReport(
  lupa: Lupa,
  { rate, concurrency }: BenchOptions,
  {
    jobs,
    failed,
    seconds,
  }: { jobs: { job: Job; tookMs: number }[]; failed: Record<string, number>; seconds: number },
): BenchReport {
  const [first] = jobs
  const stages = [
    'queue_ms',
    'download_ms',
    'preprocess_ms',
    'inference_ms',
    'postprocess_ms',
    'total_ms',
  ] as const
  const numbersOf = (name: keyof Job['timings']) =>
    jobs.flatMap(({ job: { timings } }) => timings[name] ?? [])
  return {
    url: lupa.url,
    model: first ? `${first.job.model.name}@${first.job.model.version}` : null,
    asked: {
      rate: rate ?? null,
      concurrency,
      images: jobs.length + Object.values(failed).reduce((sum, many) => sum + many, 0),
    },
    seconds: Math.round(seconds * 100) / 100,
    succeeded: jobs.length,
    failed,
    rate_per_second: Math.round((jobs.length / seconds) * 100) / 100,
    latency_ms: percentilesOf(jobs.map(({ tookMs }) => tookMs)),
    stages_ms: Object.fromEntries(
      stages.flatMap((name) => {
        const found = percentilesOf(numbersOf(name))
        return found ? [[name.replace('_ms', ''), found]] : []
      }),
    ),
    batch_size: percentilesOf(numbersOf('batch_size')),
  }
}

function printReport(report: BenchReport, terminal: Terminal): void {
  const { succeeded, failed, seconds, rate_per_second: rate, model, url } = report
  terminal.print(
    `${terminal.bold(`${rate} images a second`)}: ${succeeded} in ${seconds} s, ${model ?? 'no model'} at ${url}`,
  )
  for (const [code, many] of Object.entries(failed))
    terminal.print(`${terminal.bad(`${many} failed`)}: ${code}`)
  const rows = [
    ...(report.latency_ms ? [['as seen from here', report.latency_ms] as const] : []),
    ...Object.entries(report.stages_ms),
  ].map(([name, { mean, p50, p90, p95, p99, max }]) => [
    name,
    ...[mean, p50, p90, p95, p99, max].map((ms) => `${ms}`),
  ])
  for (const [index, line] of formatTable(
    ['MS', 'MEAN', 'P50', 'P90', 'P95', 'P99', 'MAX'],
    rows,
  ).entries()) {
    terminal.print(index === 0 ? terminal.dim(line) : line)
  }
}
