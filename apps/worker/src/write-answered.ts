import type { ImageStore } from '@lupa/core/images/image-store'
import type { AnsweredJob } from '@lupa/core/jobs/answered-log'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { TellOutcome } from '@lupa/core/jobs/tell-outcome'
import { NO_TRACING, type Tracing } from '@lupa/core/telemetry/tracing'

/**
 * Writes jobs that were answered from the cache into the stores, image before record; then their webhooks
 * may go out. Safe to repeat.
 */
export function createWriteAnswered({
  imageStore,
  jobStore,
  tellOutcome,
  tracing = NO_TRACING,
}: {
  imageStore: ImageStore
  jobStore: JobStore
  tellOutcome: TellOutcome
  tracing?: Tracing
}) {
  async function write({ record, imageOf }: AnsweredJob): Promise<void> {
    await imageStore.copy(imageOf, record.id)
    await jobStore.create(record)
    if (!record.webhook) return
    // As stored: a repetition must not hide what has been delivered since.
    await tellOutcome((await jobStore.get(record.id)) ?? record)
  }

  return async function writeAnswered(jobs: AnsweredJob[]): Promise<void> {
    await Promise.all(
      jobs.map((job) =>
        tracing.span({ name: 'process answered', kind: 'consumer', parent: job.record.traceparent }, () =>
          write(job),
        ),
      ),
    )
  }
}
