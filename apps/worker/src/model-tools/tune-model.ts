import { readFile } from 'node:fs/promises'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { TunedSettings, TuneModelInput, TuneReport } from '@lupa/core/models/model-reports'
import { readModelPackage } from '@lupa/core/models/read-model-package'
import { coreCount } from '@lupa/core/runtime/settings'
import { loadModel } from '../inference/load-model.ts'
import { createPredictor, type Predictor } from '../predictor/predictor.ts'
import { median } from './median.ts'
import { type OnProgress, runTool } from './run-tool.ts'

// Measures with the worker's own processes which way of sharing the cores gives the most images a second.

async function tuneModel(input: TuneModelInput, onProgress: OnProgress): Promise<TuneReport> {
  const { name, version, path } = input.model
  const found = await readModelPackage(name, version, path)
  if (!found.package) throw new Error(found.failure)
  const model = found.package
  const loaded = await loadModel(model, { threads: 1 })
  const takesSeveral = loaded.session.fixedBatch === null
  await loaded.session.release()
  const image = await readFile(input.image)

  const ways = waysToShare(coreCount(), takesSeveral)
  const rates = ways.map((): number[] => [])
  const alone = ways.map((): number[] => [])
  const total = ways.length * input.rounds
  onProgress(0, total)
  for (let round = 0; round < input.rounds; round++) {
    for (const [at, { slots, threads, batch }] of ways.entries()) {
      const predictor = await createPredictor({
        slots,
        threads,
        executionTimeoutMs: 60_000,
        selfTestEveryMs: 0,
        batch: { atMost: batch, measure: false },
        preload: [model],
      })
      try {
        const predict = () => predictor.predict({ image, model, params: DEFAULT_PARAMS }, NEVER)
        await inParallel(predict, slots * batch, 0.3)
        alone[at]?.push(await msOf(predict))
        // One more than can be computed, as a worker has.
        rates[at]?.push(await inParallel(predict, slots * batch + 1, input.seconds))
      } finally {
        await predictor.close()
      }
      onProgress(round * ways.length + at + 1, total)
    }
  }
  const trials = ways.map((way, at) => ({
    ...way,
    perSecond: toTenths(median(rates[at] ?? [])),
    aloneMs: toTenths(median(alone[at] ?? [])),
  }))
  return { cores: coreCount(), trials: trials.toSorted((a, b) => b.perSecond - a.perSecond) }
}

const NEVER = new AbortController().signal

/** Slots by doubling, and as many as there are cores; each with its share of the cores, and with one thread. */
export function waysToShare(cores: number, takesSeveral: boolean): TunedSettings[] {
  const ways: TunedSettings[] = []
  for (let slots = 1; slots < cores; slots *= 2) ways.push(...withThreads(slots, cores))
  ways.push(...withThreads(cores, cores))
  return takesSeveral ? ways.flatMap((way) => [1, 2, 4].map((batch) => ({ ...way, batch }))) : ways
}

function withThreads(slots: number, cores: number): TunedSettings[] {
  const share = Math.max(1, Math.floor(cores / slots))
  return [...new Set([share, 1])].map((threads) => ({ slots, threads, batch: 1 }))
}

/** Resolves to how many a second there were. */
async function inParallel(work: () => Promise<unknown>, atOnce: number, seconds: number): Promise<number> {
  const startMs = performance.now()
  let done = 0
  async function one(): Promise<void> {
    while (performance.now() - startMs < seconds * 1000) {
      await work()
      done++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return done / ((performance.now() - startMs) / 1000)
}

async function msOf(work: () => ReturnType<Predictor['predict']>): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

const toTenths = (value: number) => Math.round(value * 10) / 10

if (import.meta.main) await runTool(tuneModel)
