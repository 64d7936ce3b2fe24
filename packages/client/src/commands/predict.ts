import type { FormatName } from '@lupa/core/formats/formats'
import type { ClientConfig } from '../config.ts'
import type { BatchOutcome } from '../library/lupa.ts'
import type { JobParameters } from '../library/wire-types.ts'
import { openLupa } from '../open-lupa.ts'
import { describePrediction } from '../predict/describe-prediction.ts'
import { findSources, type Source } from '../predict/find-sources.ts'
import { formatJob } from '../predict/format-job.ts'
import { createResultFolder } from '../predict/result-folder.ts'
import type { Terminal } from '../terminal.ts'

export interface PredictOptions {
  model?: string
  conf?: number
  iou?: number
  maxDet?: number
  classes?: string[]
  tags?: string[]
  priority?: 'interactive' | 'bulk'
  cache: boolean
  direct?: boolean
  concurrency: number
  timeout: number
  save?: string
  format?: FormatName
  overwrite?: boolean
  url?: string
  json?: boolean
}

/** A service that is full, or has had enough of this client for now, is waited for. */
const PATIENCE_MS = 15 * 60_000

/** `lupa predict`: runs a model on images. Resolves to whether all went well. */
export async function predict(
  wanted: string[],
  options: PredictOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<boolean> {
  const lupa = openLupa(options, config, { forMs: PATIENCE_MS })
  const sources = await findSources(wanted)
  const folder =
    options.save === undefined ? undefined : createResultFolder(options.save, options.format ?? 'native')
  const left = sources.filter((source) => options.overwrite || !folder?.has(source))
  const skipped = sources.length - left.length
  if (skipped > 0) {
    terminal.note(
      `${skipped} of ${sources.length} are in ${options.save} already; --overwrite does them again.`,
    )
  }

  let done = 0
  let failed = 0
  using bar = terminal.bar('predicting')
  bar.update(0, left.length)
  const outcomes = lupa.batch(left, {
    ...toParameters(options),
    useCache: options.cache,
    direct: options.direct,
    concurrency: options.concurrency,
    timeoutMs: options.timeout * 1000,
  })
  try {
    for await (const outcome of outcomes) {
      done += 1
      if (outcome.error) failed += 1
      else await folder?.save(outcome.source, outcome.job)
      bar.update(done, left.length)
      bar.aside(() => tell(outcome, options, terminal))
    }
  } catch (error) {
    const goOn = folder ? ' The same command goes on from there.' : ''
    if (done > 0) bar.aside(() => terminal.note(`It stopped after ${done} of ${left.length} images.${goOn}`))
    throw error
  }
  if (sources.length > 1) terminal.note(`${done - failed} predicted, ${failed} failed, ${skipped} skipped.`)
  return failed === 0
}

function toParameters({ model, conf, iou, maxDet, classes, tags, priority }: PredictOptions): JobParameters {
  const given = { model, conf, iou, max_det: maxDet, classes, tags, priority }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function tell(
  { source: { label }, job, error }: BatchOutcome<Source>,
  options: PredictOptions,
  terminal: Terminal,
) {
  if (options.json)
    return terminal.printLine({ source: label, ...job, ...(error ? { failure: error.message } : {}) })
  if (error) return terminal.note(`${terminal.bad('✗')} ${label}: ${error.message}`)
  if (options.format && options.save === undefined) {
    return terminal.print(formatJob(job, options.format).trimEnd())
  }
  const took = job.cache === 'hit' ? 'from the cache' : `${Math.round(job.processing_time ?? 0)} ms`
  terminal.print(`${label}  ${terminal.bold(describePrediction(job))}  ${terminal.dim(took)}`)
}
