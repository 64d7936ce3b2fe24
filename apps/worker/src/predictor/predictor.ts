import type { Params } from '@lupa/core/domain/params'
import type { ModelPackage } from '@lupa/core/models/model-package'
import type { Logger } from '@lupa/core/runtime/logger'
import type { PredictOutcome } from '../inference/predict-image.ts'
import { type ChildPoolStatus, createChildPool } from './child-pool.ts'

export type { PredictOutcome }

/** Runs models on images, away from this process: what happens there cannot harm it. */
export interface Predictor {
  /**
   * Rejects with `image_unreadable`, `image_too_many_pixels`, `model_unavailable`, `prediction_failed`,
   * `execution_timeout`, `worker_lost`, `out_of_memory`, `service_stopping`, or with the signal's reason when it aborts.
   */
  predict(work: Work, signal: AbortSignal): Promise<PredictOutcome>
  status(): PredictorStatus
  /** Gives up what runs and waits, and leaves no process behind. May be called twice. */
  close(): Promise<void>
}

export interface Work {
  image: Uint8Array
  model: ModelPackage
  params: Params
}

export type PredictorStatus = ChildPoolStatus

export interface PredictorOptions {
  /** Child processes, each running one image at a time. */
  slots: number
  /** Threads of the model in each. */
  threads: number
  executionTimeoutMs: number
  modelsPerChild?: number
  jobsPerChild?: number
  childRssLimitBytes?: number
  /** Models that every child loads before it is ready. */
  preload?: readonly ModelPackage[]
  logger?: Pick<Logger, 'info' | 'warn'>
}

/** Resolves when every slot is ready. Rejects when child processes cannot be started at all. */
export async function createPredictor(options: PredictorOptions): Promise<Predictor> {
  const pool = createChildPool({
    modelsPerChild: 3,
    jobsPerChild: 1000,
    childRssLimitBytes: 1536 * 1024 * 1024,
    preload: [],
    logger: undefined,
    entry: new URL('./child.ts', import.meta.url),
    ...options,
  })
  try {
    await pool.started
  } catch (thrown) {
    await pool.close()
    throw thrown
  }
  return {
    async predict({ image, model, params }, signal) {
      const { result } = await pool.run({ type: 'predict', image, model, params }, signal)
      if (!('outcome' in result) || !result.outcome) throw new Error('the child answered without an outcome')
      return result.outcome
    },
    status: pool.status,
    close: pool.close,
  }
}
