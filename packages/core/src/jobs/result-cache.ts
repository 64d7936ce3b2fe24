import type { JobRecord } from '../domain/job.ts'
import type { StoredPrediction } from '../domain/prediction.ts'

/** Predictions by image and model, so that the same picture is not computed twice. May be lost at any time. */
export interface ResultCache {
  get(key: string): Promise<CachedResult | undefined>
  put(key: string, result: CachedResult): Promise<void>
  delete(key: string): Promise<void>
  /** Deletes every result of a scope. */
  deleteAll(scope: string): Promise<void>
  /**
   * Reserves the work on a key for one holder, for `ttlMs` at most. Resolves to false while another
   * holds it: a twin is being computed, and its result will be in the cache. The holder itself may
   * claim again (its process died and the job came back).
   */
  claim(key: string, holder: string, ttlMs: number): Promise<boolean>
  /** Gives the reservation back, if `holder` still has it. */
  release(key: string, holder: string): Promise<void>
}

export interface CachedResult {
  prediction: StoredPrediction
  image: { width: number; height: number }
  /** The job that computed it: its image is the same picture. */
  job_id: string
}

/** Changes whenever the same picture and model would give another prediction than before. */
const RECIPE = 'v2'

/** What the keys of a scope begin with. */
export function cacheKeysOf(scope: string): string {
  return `${RECIPE}:${scope}:`
}

/**
 * Where the result of a job is kept: for its client alone, or for all of them. One file that is read in two ways
 * is two models.
 */
export function cacheKeyOf(
  { client, image, model, model_reading: reading = '' }: CachedFor,
  scope: 'client' | 'global',
): string {
  return `${cacheKeysOf(scope === 'client' ? client : 'all')}${image.sha256}:${model.digest}:${reading}`
}

/** What of a job tells whether another has the same result. */
type CachedFor = Pick<JobRecord, 'client' | 'model_reading'> & {
  image: Pick<JobRecord['image'], 'sha256'>
  model: Pick<JobRecord['model'], 'digest'>
}
