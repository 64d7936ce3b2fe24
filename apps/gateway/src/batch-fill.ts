import { type Batch, type BatchRecord, type BatchRequest, createBatch } from '@lupa/core/domain/batch'
import { type LupaError, toLupaError } from '@lupa/core/domain/errors'
import type { Admission } from '@lupa/core/jobs/admission'
import type { BatchProgress } from '@lupa/core/jobs/batch-progress'
import type { BatchStore } from '@lupa/core/jobs/batch-store'
import type { FinishBatch } from '@lupa/core/jobs/finish-batch'
import type { FastifyBaseLogger } from 'fastify'
import { forEachAtOnce } from './at-once.ts'
import { toRefusal } from './batch-stage.ts'
import type { Breakers } from './breaker.ts'
import { stillBeingServed } from './idempotency.ts'

/** A job that is to be made for the batch, with its place reserved. */
export interface BatchMember {
  id: string
  imageName: string | null
  make: () => Promise<unknown>
}

/**
 * Makes a batch of these jobs. The batch is recorded first, the jobs next, and that these are all of them
 * last: what a process that dies on the way leaves behind is ended by the reconciler, with the jobs there are.
 * Rejects only when no job was made. Of two that fill the same batch one does, the other rejects.
 */
export type FillBatch = (
  request: Omit<BatchRequest, 'total'>,
  members: BatchMember[],
  log: FastifyBaseLogger,
) => Promise<BatchRecord>

export interface FillBatchDeps {
  batches: BatchStore
  progress: BatchProgress
  admission: Admission
  finishBatch: FinishBatch
  breakers: Breakers
}

const AT_ONCE = 16

export function createFillBatch(deps: FillBatchDeps): FillBatch {
  const { batches, progress, breakers } = deps

  return async function fillBatch(request, members, log) {
    const batch = createBatch({ ...request, total: members.length })
    const ids = members.map(({ id }) => id)
    await breakers.redis.watch(() => progress.begin(batch.id, ids))
    if (!(await breakers.jobStore.watch(() => batches.createBatch(batch)))) {
      await forEachAtOnce(ids, AT_ONCE, async (id) => {
        await progress.end(batch.id, id).catch(() => {})
      })
      throw stillBeingServed()
    }

    const failed = await makeJobs(batch, members, deps, log)
    const total = members.length - failed.length
    if (failed[0] && total === 0) {
      await batches.deleteBatch(batch.id)
      throw failed[0].error
    }
    const refused: Batch['refused'] = [
      ...batch.refused,
      ...failed.map(({ imageName, error }) => toRefusal(imageName, error)),
    ]
    return complete({ ...batch, refused, total }, deps, log)
  }
}

/** Its jobs run by now: what fails here, the reconciler does. */
async function complete(
  batch: BatchRecord,
  { batches, finishBatch, breakers }: FillBatchDeps,
  log: FastifyBaseLogger,
): Promise<BatchRecord> {
  const { id, refused, total } = batch
  const completed = { ...batch, complete: true }
  try {
    await breakers.jobStore.watch(() => batches.completeBatch(id, refused, total))
    // The last job may have ended before the batch was complete, and then nobody has told of it.
    return (await finishBatch.ifOver(completed)).batch
  } catch (err) {
    log.error({ err, batch: id }, 'a batch is not known to be complete yet; the reconciler will look')
    return batch
  }
}

interface FailedMember {
  imageName: string | null
  error: LupaError
}

/** When the store is away, the rest is not tried: each would wait to find out for itself. */
async function makeJobs(
  batch: BatchRecord,
  members: BatchMember[],
  { progress, admission }: FillBatchDeps,
  log: FastifyBaseLogger,
): Promise<FailedMember[]> {
  const failed: FailedMember[] = []
  let away: LupaError | undefined
  await forEachAtOnce(members, AT_ONCE, async ({ id, imageName, make }) => {
    try {
      if (away) throw away
      await make()
    } catch (thrown) {
      const error = toLupaError(thrown)
      if (error.code === 'store_unavailable') away = error
      failed.push({ imageName, error })
      log.error({ err: thrown, job_id: id, batch: batch.id }, 'an image of a batch did not become a job')
      await progress.end(batch.id, id).catch(() => {})
      await admission.release(batch.client, id).catch(() => {})
    }
  })
  return failed
}
