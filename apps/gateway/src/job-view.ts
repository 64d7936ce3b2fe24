import { hash } from 'node:crypto'
import { type Job, type JobRecord, toJob } from '@lupa/core/domain/job'
import type { Params } from '@lupa/core/domain/params'
import { viewPrediction } from '@lupa/core/domain/view-prediction'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import { isPinned } from '@lupa/core/models/pinned-model'
import { type ClassNames, classNamesOf, resolveParams, type ViewParameters } from './parameters.ts'

/** The job with its stored prediction seen under other parameters. The model is not run. */
export async function viewJob(record: JobRecord, given: ViewParameters, catalog: ModelCatalog): Promise<Job> {
  const { stored_prediction: stored } = record
  const isAsked = Object.values(given).some((value) => value !== undefined)
  if (!isAsked || !stored || stored.task === 'classify') return toJob(record)
  const params = await paramsOf(record, given, catalog)
  return toJob({ ...record, ...viewPrediction(stored, params, record.image), params })
}

/** What a prediction is looked at with; the job's own, where nothing else is given. */
export async function paramsOf(
  record: JobRecord,
  given: ViewParameters,
  catalog: ModelCatalog,
): Promise<Params> {
  if (record.model.task === 'classify') return record.params
  const classNames = given.classes ? await classNamesFor(record, catalog) : NO_NAMES
  return resolveParams(given, record.params, classNames)
}

const NO_NAMES: ClassNames = { names: new Map(), isComplete: false }

/** All the names of the model; when it is not served any more, those that occur in the prediction. */
async function classNamesFor(record: JobRecord, catalog: ModelCatalog) {
  const { model, stored_prediction: stored } = record
  const served = await catalog.resolve(`${model.name}@${model.version}`).catch(() => undefined)
  if (served && isPinned(served, record)) return classNamesOf(served)
  const entries = stored && 'names' in stored ? Object.entries(stored.names) : []
  return { names: new Map(entries.map(([number, name]) => [Number(number), name])), isComplete: false }
}

/** Changes whenever the client would see another document. Weak: it says nothing of the bytes. */
export function etagOf(record: JobRecord, given: object = {}): string {
  const facts = [
    record.status,
    record.attempt,
    record.finished_at,
    record.webhook?.last_delivery,
    Object.entries(given).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  ]
  return `W/"${hash('sha256', JSON.stringify(facts), 'base64url').slice(0, 16)}"`
}

/** Whether an `If-None-Match` header names the tag (RFC 9110, section 13.1.2). */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((tag) => tag.trim() === '*' || weak(tag.trim()) === etag)
}

const weak = (tag: string) => (tag.startsWith('W/') ? tag : `W/${tag}`)
