import { MAX_IMAGE_PIXELS } from '@lupa/core/domain/image-limits'
import type { ModelPackage } from '@lupa/core/models/model-package'
import type { PredictOutcome } from '../inference/predict-outcome.ts'
import { type ChildPoolOptions, type ChildPoolStatus, createChildPool } from './child-pool.ts'
import type { Work } from './execute-task.ts'

export type { PredictOutcome, Work }

/** Runs models on images, away from this process: what happens there cannot harm it. */
export interface Predictor {
  /**
   * Rejects with `image_unreadable`, `image_too_many_pixels`, `model_unavailable`, `prediction_failed`,
   * `execution_timeout`, `worker_lost`, `out_of_memory`, `worker_not_ready`, `service_stopping`, or with the signal's reason when it aborts.
   */
  predict(work: Work, signal: AbortSignal): Promise<PredictOutcome>
  /** Loads a model some time soon, beside what runs, so that its first request finds it warm. */
  prepare(model: ModelPackage): void
  /** The model that makes room for no other from now on, in place of the one before. */
  pin(model: ModelPackage): void
  status(): PredictorStatus
  /** Gives up what runs and waits, and leaves no process behind. May be called twice. */
  close(): Promise<void>
}

export type PredictorStatus = ChildPoolStatus

export type PredictorOptions = Pick<ChildPoolOptions, 'slots' | 'threads' | 'executionTimeoutMs'> &
  Partial<ChildPoolOptions>

/** Resolves when every slot is ready. Rejects when child processes cannot be started at all. */
export async function createPredictor(options: PredictorOptions): Promise<Predictor> {
  const pool = createChildPool({
    maxImagePixels: MAX_IMAGE_PIXELS,
    loadTimeoutMs: 60_000,
    failedLoadRestMs: 30_000,
    waitingForLoadLimit: Number.POSITIVE_INFINITY,
    modelsPerChild: 3,
    jobsPerChild: 1000,
    childRssLimitBytes: 1536 * 1024 * 1024,
    selfTestEveryMs: 60_000,
    batch: { atMost: 1, measure: false },
    preload: [],
    entry: new URL('./child.ts', import.meta.url),
    ...options,
  })
  try {
    await pool.started
  } catch (thrown) {
    await pool.close()
    throw thrown
  }
  return { predict: pool.run, prepare: pool.prepare, pin: pool.pin, status: pool.status, close: pool.close }
}
