import type { ErasureRecord } from '@lupa/core/domain/erasure'
import type { CancelJob } from '@lupa/core/jobs/cancel-job'
import type { EraseRecord } from '@lupa/core/jobs/erase-record'
import type { ErasureStore } from '@lupa/core/jobs/erasure-store'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { ResultCache } from '@lupa/core/jobs/result-cache'
import type { Logger } from '@lupa/core/runtime/logger'
import type { ReconcileStep } from './reconcile.ts'

export interface EraseClientsDeps {
  jobStore: ErasureStore & Pick<JobStore, 'list'>
  cancelJob: CancelJob
  eraseRecord: EraseRecord
  resultCache: Pick<ResultCache, 'deleteAll'>
  logger: Logger
  /** Answers from the cache are written behind, so what was not there may be there soon. */
  settleMs?: number
}

const ERASURES = 10
const PAGE = 100
const AT_ONCE = 8
const SETTLE_MS = 60_000

/**
 * Erases clients of whom that was asked: the jobs they had by then, page by page, then what hangs on none. Each page
 * that is erased is gone, so whoever takes over goes on from there. One is done when nothing was found for a while.
 */
export function createEraseClients(deps: EraseClientsDeps): ReconcileStep {
  const { jobStore, cancelJob, eraseRecord, resultCache, logger, settleMs = SETTLE_MS } = deps

  async function erasePage({ client, created_at: createdBefore }: ErasureRecord): Promise<number> {
    const page = await jobStore.list({ client, createdBefore, limit: PAGE })
    for (let at = 0; at < page.length; at += AT_ONCE) {
      await Promise.all(
        page.slice(at, at + AT_ONCE).map(async (record) => {
          const ended = await cancelJob(record, logger)
          if (ended) await eraseRecord(ended)
        }),
      )
    }
    return page.length
  }

  async function erase(erasure: ErasureRecord, keepLease: () => Promise<void>): Promise<void> {
    let { jobs } = erasure
    for (;;) {
      const erased = await erasePage(erasure)
      jobs += erased
      if (erased === 0) break
      await jobStore.putErasure({ ...erasure, jobs, empty_since: null })
      await keepLease()
    }
    const others = await jobStore.deleteClientData(erasure.client, new Date(erasure.created_at))
    await resultCache.deleteAll(erasure.client)
    const wasEmpty = jobs === erasure.jobs && others === 0
    await note({ ...erasure, jobs }, wasEmpty)
  }

  async function note(erasure: ErasureRecord, wasEmpty: boolean): Promise<void> {
    const now = new Date()
    const emptySince = (wasEmpty ? erasure.empty_since : null) ?? now.toISOString()
    const isDone = now.getTime() - Date.parse(emptySince) >= settleMs
    await jobStore.putErasure({
      ...erasure,
      empty_since: emptySince,
      ...(isDone && { status: 'done', done_at: now.toISOString() }),
    })
    if (isDone)
      logger.info({ erasure: erasure.id, client: erasure.client, jobs: erasure.jobs }, 'a client was erased')
  }

  return {
    name: 'erase clients',
    async run(keepLease) {
      for (const erasure of await jobStore.listRunningErasures(ERASURES)) {
        await erase(erasure, keepLease)
        await keepLease()
      }
    },
  }
}
