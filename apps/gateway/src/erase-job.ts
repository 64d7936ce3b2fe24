import { setTimeout as sleep } from 'node:timers/promises'
import { LupaError } from '@lupa/core/domain/errors'
import type { JobRecord } from '@lupa/core/domain/job'
import type { CancelJob } from '@lupa/core/jobs/cancel-job'
import type { EraseRecord } from '@lupa/core/jobs/erase-record'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { FastifyBaseLogger } from 'fastify'
import { jobNotFound } from './read-job.ts'

/** Erases a job and all that came of it; one that has not ended is canceled first. */
export type EraseJob = (record: JobRecord, log: FastifyBaseLogger) => Promise<void>

export interface EraseJobDeps {
  cancelJob: CancelJob
  eraseRecord: EraseRecord
  jobStore: Pick<JobStore, 'get'>
}

/** An answer from the cache is written behind; a worker needs no longer for it. */
const WRITTEN_BEHIND_MS = 2000
const POLL_MS = 50

export function createEraseJob({ cancelJob, eraseRecord, jobStore }: EraseJobDeps): EraseJob {
  return async function eraseJob(record, log) {
    const ended = await cancelJob(record, log)
    if (!ended) throw jobNotFound()
    if (ended.cache === 'hit') await untilWritten(ended.id, jobStore)
    await eraseRecord(ended)
  }
}

/** What is not written yet would come back after it was erased. */
async function untilWritten(id: string, jobStore: Pick<JobStore, 'get'>): Promise<void> {
  const giveUpAtMs = performance.now() + WRITTEN_BEHIND_MS
  while (!(await jobStore.get(id))) {
    if (performance.now() >= giveUpAtMs) {
      throw new LupaError('job_not_done', 'The job is still being recorded. Erase it again in a few seconds.')
    }
    await sleep(POLL_MS)
  }
}
