import { LupaError } from '@lupa/core/domain/errors'
import { createJob, finishJob, type Job, startJob, toJob } from '@lupa/core/domain/job'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { StoredPrediction } from '@lupa/core/domain/prediction'
import { viewPrediction } from '@lupa/core/domain/view-prediction'

const SHA256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

const stored: StoredPrediction = {
  task: 'classify',
  top: [
    { name: 'aberta', class: 0, confidence: 0.9731 },
    { name: 'fechada', class: 1, confidence: 0.0269 },
  ],
}

const running = startJob(
  createJob({
    id: '019ab0c8-5c00-7a1e-8f3a-2b6d1c9e4f70',
    client: 'example',
    userIp: null,
    imageName: 'garrafa.jpg',
    image: { sha256: SHA256, bytes: 183_201, width: 1280, height: 720, format: 'jpeg' },
    model: { name: 'bottle-status', version: '1', task: 'classify', digest: `sha256:${SHA256}` },
    params: DEFAULT_PARAMS,
    tags: ['line-3'],
    webhook: null,
    traceId: null,
    acceptedAt: new Date('2026-11-23T12:00:00.000Z'),
    retentionSeconds: 2_592_000,
  }),
  { worker: 'worker-1', attempt: 1, at: new Date('2026-11-23T12:00:00.004Z') },
)

/** A finished job for the API's description, made the way real ones are. */
export const EXAMPLE_JOB: Job = toJob(
  finishJob(running, {
    status: 'succeeded',
    at: new Date('2026-11-23T12:00:00.046Z'),
    cache: 'miss',
    stored,
    view: viewPrediction(stored, DEFAULT_PARAMS, { width: 1280, height: 720 }),
    image: { width: 1280, height: 720 },
    timings: { download_ms: 1.2, preprocess_ms: 9.4, inference_ms: 27.9, postprocess_ms: 0.1 },
  }),
)

/** One that failed for good. */
export const EXAMPLE_DEAD_JOB: Job = toJob(
  finishJob(running, {
    status: 'failed',
    at: new Date('2026-11-23T12:00:31.004Z'),
    error: new LupaError('execution_timeout', 'The model did not end within 30 s. Send the image smaller.'),
  }),
)
