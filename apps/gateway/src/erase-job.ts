import { setTimeout as sleep } from 'node:timers/promises'
import { LupaError } from '@lupa/core/domain/errors'
import type { JobRecord } from '@lupa/core/domain/job'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { KeyStore } from '@lupa/core/jobs/key-store'
import { cacheKeyOf, type ResultCache } from '@lupa/core/jobs/result-cache'
import type { FastifyBaseLogger } from 'fastify'
import type { CancelJob } from './cancel-job.ts'

/** Erases a job and all that came of it; one that has not ended is canceled first. */
export type EraseJob = (record: JobRecord, log: FastifyBaseLogger) => Promise<void>

export interface EraseJobDeps {
  cancelJob: CancelJob
  jobStore: JobStore & Pick<KeyStore, 'noteErased'>
  imageStore: ImageStore
  resultCache: ResultCache
  cacheScope: 'client' | 'global'
  jobEvents: JobEvents
}

/** An answer from the cache is written behind; a worker needs no longer for it. */
const WRITTEN_BEHIND_MS = 2000
const POLL_MS = 50

/** The record goes last: as long as something is left of the job, it can be erased again. */
export function createEraseJob(deps: EraseJobDeps): EraseJob {
  const { cancelJob, jobStore, imageStore, jobEvents } = deps
  return async function eraseJob(record, log) {
    const ended = await cancelJob(record, log)
    if (ended.cache === 'hit') await untilWritten(ended.id, jobStore)
    await imageStore.delete(ended.id)
    await forgetResult(ended, deps)
    await jobEvents.forget(ended.id)
    await jobStore.noteErased(ended.id)
    await jobStore.delete(ended.id)
  }
}

/** What is not written yet would come back after it was erased. */
async function untilWritten(id: string, jobStore: JobStore): Promise<void> {
  const giveUpAtMs = performance.now() + WRITTEN_BEHIND_MS
  while (!(await jobStore.get(id))) {
    if (performance.now() >= giveUpAtMs) {
      throw new LupaError('job_not_done', 'The job is still being recorded. Erase it again in a few seconds.')
    }
    await sleep(POLL_MS)
  }
}

/** Another job's result of the same picture is not this job's to erase. */
async function forgetResult(record: JobRecord, { resultCache, cacheScope }: EraseJobDeps): Promise<void> {
  const key = cacheKeyOf(record, cacheScope)
  const cached = await resultCache.get(key)
  if (cached?.job_id === record.id) await resultCache.delete(key)
}
