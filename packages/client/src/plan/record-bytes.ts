import { newJobId } from '@lupa/core/domain/ids'
import { createJob, finishJob, startJob, toJob } from '@lupa/core/domain/job'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { StoredPrediction, Task } from '@lupa/core/domain/prediction'
import type { ModelTrial } from '@lupa/core/models/model-reports'
import type { Rates } from './plan-capacity.ts'

const DIGEST = '0'.repeat(64)
const NOTHING: StoredPrediction = { task: 'classify', top: [] }

/** What a job of this model takes as JSON: one made as real ones are, with the trial's own prediction. */
export function recordBytes(
  model: { name: string; version: string; task: Task },
  trial: ModelTrial,
  imageBytes: number,
): Rates['bytes'] {
  const { width, height, prediction, confidence } = trial
  const at = new Date()
  const accepted = createJob({
    id: newJobId(),
    client: 'production-line-3',
    userIp: '203.0.113.255',
    imageName: trial.image,
    image: { sha256: DIGEST, bytes: imageBytes, width, height, format: 'jpeg' },
    model: { name: model.name, version: model.version, task: model.task, digest: `sha256:${DIGEST}` },
    modelReading: DIGEST.slice(0, 16),
    params: DEFAULT_PARAMS,
    tags: [],
    webhook: null,
    traceId: '0'.repeat(32),
    acceptedAt: at,
    retentionSeconds: 2_592_000,
  })
  const finished = finishJob(startJob(accepted, { worker: 'worker-1', attempt: 1, at }), {
    status: 'succeeded',
    at,
    cache: 'miss',
    stored: NOTHING,
    view: { prediction, confidence, predictions: [] },
    image: { width, height },
    timings: { download_ms: 10.5, preprocess_ms: 10.5, inference_ms: 10.5, postprocess_ms: 10.5 },
  })
  const shown = trial.shown_bytes - bytesOf([])
  const stored = trial.stored_bytes - bytesOf(NOTHING)
  return {
    accepted: bytesOf(accepted),
    finished: bytesOf(finished) + shown + stored,
    answer: bytesOf(toJob(finished)) + shown,
    cachedResult: bytesOf({ prediction: NOTHING, image: { width, height }, job_id: accepted.id }) + stored,
  }
}

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
