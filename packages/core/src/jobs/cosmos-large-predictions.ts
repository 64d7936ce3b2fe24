import { createHash } from 'node:crypto'
import type { JobRecord } from '../domain/job.ts'
import type { ImageStore } from '../images/image-store.ts'

/** A record as it is in Cosmos DB: a large prediction is not in it. */
export type JobItem = JobRecord & {
  /** Where it is instead, beside the image: gone when that is. */
  prediction_kept_as?: string
}

/** Well below the 2 MB that an item may have, and what each write of the record costs grows with it. */
const MAX_BYTES = 256 * 1024

export interface LargePredictions {
  /** Writes a large prediction first; the item then says where it is. */
  toItem(record: JobRecord): Promise<JobItem>
  toRecord(item: JobItem): Promise<JobRecord>
}

export function createLargePredictions(
  imageStore: Pick<ImageStore, 'putRender' | 'getRender'>,
): LargePredictions {
  return {
    async toItem(record) {
      const { predictions, stored_prediction } = record
      // The image of a fleeting job goes before its record does.
      if (!stored_prediction || record.fleeting) return record
      const text = Buffer.from(JSON.stringify({ predictions, stored_prediction }))
      if (text.byteLength <= MAX_BYTES) return record
      const name = nameOf(text)
      await imageStore.putRender(record.id, name, text, { contentType: 'application/json' })
      return { ...record, predictions: null, stored_prediction: null, prediction_kept_as: name }
    },

    async toRecord({ prediction_kept_as: name, ...record }) {
      const kept = name === undefined ? undefined : await imageStore.getRender(record.id, name)
      return kept ? { ...record, ...JSON.parse(Buffer.from(kept).toString()) } : record
    },
  }
}

/** By what is in it: one that came too late takes the place of none. */
function nameOf(text: Buffer): string {
  return `prediction-${createHash('sha256').update(text).digest('hex').slice(0, 32)}.json`
}
