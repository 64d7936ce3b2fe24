import type { ImageStore } from '@lupa/core/images/image-store'
import type { AnsweredJob } from '@lupa/core/jobs/answered-log'
import type { JobStore } from '@lupa/core/jobs/job-store'

/** Writes jobs that were answered from the cache into the stores, image before record. Safe to repeat. */
export function createWriteAnswered({
  imageStore,
  jobStore,
}: {
  imageStore: ImageStore
  jobStore: JobStore
}) {
  return async function writeAnswered(jobs: AnsweredJob[]): Promise<void> {
    await Promise.all(
      jobs.map(async ({ record, imageOf }) => {
        await imageStore.copy(imageOf, record.id)
        await jobStore.create(record)
      }),
    )
  }
}
