import type { JobRecord } from '../domain/job.ts'
import type { ImageStore } from '../images/image-store.ts'
import type { JobEvents } from './job-events.ts'
import type { JobStore } from './job-store.ts'
import type { KeyStore } from './key-store.ts'
import { cacheKeyOf, type ResultCache } from './result-cache.ts'

/**
 * Erases a job that has ended, and all that came of it: image, cached result, hot copy, record, deliveries. The
 * record goes last: as long as something is left, it can be erased again.
 */
export type EraseRecord = (record: JobRecord) => Promise<void>

export interface EraseRecordDeps {
  jobStore: Pick<JobStore & KeyStore, 'noteErased' | 'delete'>
  imageStore: Pick<ImageStore, 'delete'>
  resultCache: ResultCache
  cacheScope: 'client' | 'global'
  events: Pick<JobEvents, 'forget'>
}

export function createEraseRecord(deps: EraseRecordDeps): EraseRecord {
  const { jobStore, imageStore, events } = deps
  return async function eraseRecord(record) {
    await imageStore.delete(record.id)
    await forgetResult(record, deps)
    await events.forget(record.id)
    await jobStore.noteErased(record.id)
    await jobStore.delete(record.id)
  }
}

/** Another job's result of the same picture is not this job's to erase. */
async function forgetResult(record: JobRecord, { resultCache, cacheScope }: EraseRecordDeps): Promise<void> {
  const key = cacheKeyOf(record, cacheScope)
  const cached = await resultCache.get(key)
  if (cached?.job_id === record.id) await resultCache.delete(key)
}
