import { createdAtMs, JobId } from '@lupa/core/domain/ids'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { Logger } from '@lupa/core/runtime/logger'
import type { ReconcileStep } from './reconcile.ts'

export interface SweepOrphansDeps {
  imageStore: ImageStore
  jobStore: Pick<JobStore, 'get'>
  logger: Logger
  /** A younger image may belong to a job that is being accepted. */
  minAgeMs?: number
  /** Images that are looked at in one run, */
  pageSize?: number
  /** which is one of so many rounds. */
  everyRounds?: number
}

const DAY_MS = 86_400_000
/** Records that are looked up at once. */
const AT_ONCE = 20

/**
 * Deletes images without a record: their submit ended between the two writes. There is no hurry, so each
 * round looks at no more than a page, and the next one goes on from there; after the last page, or in
 * another process, it begins anew.
 */
export function createSweepOrphans(options: SweepOrphansDeps): ReconcileStep {
  const { imageStore, jobStore, logger, minAgeMs = DAY_MS, pageSize = 1000, everyRounds = 4 } = options
  let round = 0
  let after: string | undefined

  /** A copied image may be as old as what it was copied from: the id of its job tells its age too. */
  const isOld = (key: string, nowMs: number) =>
    !JobId.safeParse(key).success || createdAtMs(key) < nowMs - minAgeMs

  async function sweep(key: string): Promise<void> {
    if (await jobStore.get(key)) return
    await imageStore.delete(key)
    logger.info({ image: key }, 'an image without a job was deleted')
  }

  return {
    name: 'sweep orphan images',
    async run() {
      if (round++ % everyRounds !== 0) return
      const nowMs = Date.now()
      const storedBefore = new Date(nowMs - minAgeMs)
      const { keys, next } = await imageStore.list({ storedBefore, limit: pageSize, after })
      const old = keys.filter((key) => isOld(key, nowMs))
      for (let at = 0; at < old.length; at += AT_ONCE) {
        await Promise.all(old.slice(at, at + AT_ONCE).map(sweep))
      }
      after = next
    },
  }
}
