import { LupaError } from '@lupa/core/domain/errors'
import type { Job, JobRecord } from '@lupa/core/domain/job'
import { FORMATS, type FormatName, type FormatOptions } from '@lupa/core/formats/formats'
import { isPredicted, type PredictedJob } from '@lupa/core/formats/predicted-job'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import { isPinned } from '@lupa/core/models/pinned-model'
import { viewJob } from './job-view.ts'
import type { ViewParameters } from './parameters.ts'

/** Throws `job_not_done` or `no_prediction`. */
export function assertPredicted(record: JobRecord): void {
  if (!record.done) {
    const detail = `The job is ${record.status}: its prediction is not there yet. Ask again, or add \`wait=20\` to wait for it at GET ${record.links.self}.`
    throw new LupaError('job_not_done', detail)
  }
  if (record.status !== 'succeeded') {
    const reason = record.error ? ` ${record.error.detail}` : ''
    throw new LupaError('no_prediction', `The job ended as ${record.status}, without a prediction.${reason}`)
  }
}

/** The job seen under the parameters, with its prediction. Rejects with `job_not_done` or `no_prediction`. */
export async function viewPredicted(
  record: JobRecord,
  view: ViewParameters,
  catalog: ModelCatalog,
): Promise<Job & PredictedJob> {
  assertPredicted(record)
  const job = await viewJob(record, view, catalog)
  if (!isPredicted(job))
    throw new LupaError('no_prediction', `The prediction of job ${record.id} is not kept.`)
  return job
}

/** The prediction written in a format. */
export async function writeJob(
  record: JobRecord,
  format: Exclude<FormatName, 'native'>,
  options: FormatOptions & { view: ViewParameters; catalog: ModelCatalog },
): Promise<{ job: PredictedJob; text: string }> {
  const { view, catalog, ...writing } = options
  const job = await viewPredicted(record, masksFor(format, view), catalog)
  const names = format === 'coco' ? await namesOf(record, catalog) : undefined
  return { job, text: FORMATS[format].write(job, { ...writing, names }) }
}

/** COCO alone has a place for masks as RLE; the others are made of outlines. */
function masksFor(format: FormatName, view: ViewParameters): ViewParameters {
  return format === 'coco' ? view : { ...view, masks: 'polygon' }
}

/** Undefined when the model is not served any more. */
async function namesOf(record: JobRecord, catalog: ModelCatalog): Promise<readonly string[] | undefined> {
  const { name, version } = record.model
  const served = await catalog.resolve(`${name}@${version}`).catch(() => undefined)
  return served && isPinned(served, record) ? served.names : undefined
}
