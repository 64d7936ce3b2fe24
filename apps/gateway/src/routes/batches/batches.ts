import type { ImageStore } from '@lupa/core/images/image-store'
import type { Admission } from '@lupa/core/jobs/admission'
import type { BatchProgress } from '@lupa/core/jobs/batch-progress'
import type { CancelJob } from '@lupa/core/jobs/cancel-job'
import type { FinishBatch } from '@lupa/core/jobs/finish-batch'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { RecordStore } from '@lupa/core/jobs/record-store'
import type { AcceptJob } from '../../accept-job.ts'
import type { App } from '../../app-type.ts'
import { createFillBatch } from '../../batch-fill.ts'
import { createBatchIdempotency } from '../../batch-idempotency.ts'
import { createBatchReader } from '../../batch-reader.ts'
import { createReadBatchSettings } from '../../batch-settings.ts'
import { registerBatchUploads } from '../../batch-upload.ts'
import type { Breakers } from '../../breaker.ts'
import type { GatewayConfig } from '../../config.ts'
import type { DirectUploads } from '../../direct-uploads.ts'
import type { EraseJob } from '../../erase-job.ts'
import type { ImageFetcher } from '../../fetcher/image-fetcher.ts'
import type { Quota } from '../../plugins/rate-limit.ts'
import type { QueueOutlook } from '../../queue-outlook.ts'
import type { JobReader } from '../../read-job.ts'
import type { RetryJob } from '../../retry-job.ts'
import type { ServedModels } from '../../served-models.ts'
import type { WaitingPlaces } from '../../waiting-places.ts'
import { batchResults } from './batch-results.ts'
import { cancelBatch } from './cancel-batch.ts'
import { createBatchRoute } from './create-batch.ts'
import { eraseBatch } from './erase-batch.ts'
import { getBatch } from './get-batch.ts'
import { retryBatch } from './retry-batch.ts'

export interface BatchesDeps {
  config: Pick<GatewayConfig, 'batch' | 'limits' | 'outbound' | 'retentionSeconds' | 'userIp' | 'wait'>
  records: RecordStore
  imageStore: ImageStore
  jobQueue: JobQueue
  jobEvents: JobEvents
  admission: Admission
  progress: BatchProgress
  finishBatch: FinishBatch
  fetcher: ImageFetcher
  directUploads: DirectUploads
  breakers: Breakers
  outlook: QueueOutlook
  models: ServedModels
  reader: JobReader
  acceptJob: AcceptJob
  cancelJob: CancelJob
  eraseJob: EraseJob
  retryJob: RetryJob
  quota: Quota
  waitingPlaces: WaitingPlaces
  /** Aborts when the service stops. */
  stopping: AbortSignal
}

/** Beyond the time for the images: to record them. */
const RECORDING_MS = 30_000

/** All that can be done with batches. */
export async function batches(app: App, deps: BatchesDeps): Promise<void> {
  const { config, records, models, fetcher, directUploads } = deps
  const { outbound, retentionSeconds, limits, batch } = config
  const longestMs = batch.timeoutMs + RECORDING_MS
  const parts = {
    ...deps,
    longestMs,
    idempotency: createBatchIdempotency({
      ...deps,
      keys: records,
      batches: records,
      takenOverAfterMs: longestMs,
    }),
    batches: records,
    jobStore: records,
    keys: records,
    limits: { ...limits, ...batch },
    readBatchSettings: createReadBatchSettings({ models, outbound, retentionSeconds }),
    batchReader: createBatchReader({ ...deps, batches: records, jobStore: records }),
    fillBatch: createFillBatch({ ...deps, batches: records }),
  }
  await app.register(async (scope: App) => {
    await registerBatchUploads(scope, { fetcher, directUploads, limits, batch })
    createBatchRoute(scope, parts)
  })
  getBatch(app, parts)
  batchResults(app, parts)
  cancelBatch(app, parts)
  retryBatch(app, parts)
  eraseBatch(app, parts)
}
