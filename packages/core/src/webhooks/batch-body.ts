import { type Batch, Batch as BatchSchema } from '../domain/batch.ts'

/** Receivers refuse large bodies; beyond this what was refused is left for `links.self` to show. */
const MAX_BODY_BYTES = 20_000

/** What is posted of a batch that is done. Fields are in the order of the schema, whatever a store makes of it. */
export function batchBody(batch: Batch): string {
  if (!batch.done) throw new Error(`Batch ${batch.id} is not done: there is no event to tell`)
  const data = BatchSchema.parse(batch)
  const notice = { type: 'batch.finished', timestamp: data.finished_at, data }
  const whole = JSON.stringify(notice)
  if (Buffer.byteLength(whole) <= MAX_BODY_BYTES) return whole
  return JSON.stringify({ ...notice, data: { ...data, refused: null } })
}
