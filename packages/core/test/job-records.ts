import { createHash } from 'node:crypto'
import type { Candidates } from '../src/domain/candidates.ts'
import { CANDIDATE_WIDTH, packCandidates } from '../src/domain/candidates.ts'
import { LupaError } from '../src/domain/errors.ts'
import { newJobId } from '../src/domain/ids.ts'
import { createJob, type JobRecord, type JobRequest, type Outcome } from '../src/domain/job.ts'
import { packMasks } from '../src/domain/mask.ts'
import { DEFAULT_PARAMS } from '../src/domain/params.ts'
import type { StoredPrediction } from '../src/domain/prediction.ts'
import { viewPrediction } from '../src/domain/view-prediction.ts'

/** A queued job for tests: made as the gateway makes one, with what matters to the test given. */
export function aJobRecord(overrides: Partial<JobRequest> = {}): JobRecord {
  const id = overrides.id ?? newJobId()
  return createJob({
    id,
    client: 'ana',
    userIp: '203.0.113.7',
    imageName: 'garrafa.jpg',
    image: { sha256: sha256(id), bytes: 183_201, width: 1280, height: 720, format: 'jpeg' },
    model: { name: 'bottle-status', version: '1', task: 'classify', digest: `sha256:${sha256('model')}` },
    params: DEFAULT_PARAMS,
    tags: [],
    webhook: null,
    traceId: null,
    acceptedAt: new Date(),
    retentionSeconds: 86_400,
    ...overrides,
  })
}

/** A success of a classify job. */
export function aSuccess(record: JobRecord, name = 'aberta', confidence = 0.9731): Outcome {
  const stored: StoredPrediction = { task: 'classify', top: [{ name, class: 0, confidence }] }
  return successOf(record, stored)
}

/** A success of a detect job with as many candidates, spread over the image so that none hides another. */
export function aDetectSuccess(record: JobRecord, candidateCount: number): Outcome {
  const stored: StoredPrediction = {
    task: 'detect',
    names: { 0: 'bottle' },
    candidates: packCandidates(spreadCandidates(candidateCount)),
  }
  return successOf(record, stored)
}

/** A success of a segment job of 640 × 640 pixels: each mask as it is given, over the whole input, the surest first. */
export function aSegmentSuccess(record: JobRecord, masks: Uint8Array[]): Outcome {
  const stored: StoredPrediction = {
    task: 'segment',
    names: { 0: 'bottle' },
    candidates: packCandidates(spreadCandidates(masks.length)),
    masks: packMasks(masks),
    input: { width: 640, height: 640 },
  }
  return successOf(record, stored)
}

export function aFailure(detail = 'The image cannot be decoded.'): Outcome {
  return { status: 'failed', at: new Date(), error: new LupaError('image_unreadable', detail) }
}

function successOf(record: JobRecord, stored: StoredPrediction): Outcome {
  return {
    status: 'succeeded',
    at: new Date(),
    cache: 'miss',
    stored,
    view: viewPrediction(stored, record.params, record.image),
    image: { width: record.image.width, height: record.image.height },
    timings: { download_ms: 3.1, preprocess_ms: 9.4, inference_ms: 27.9, postprocess_ms: 0.8 },
  }
}

function spreadCandidates(count: number): Candidates {
  const candidates = new Float32Array(count * CANDIDATE_WIDTH)
  for (let row = 0; row < count; row++) {
    const x = (row % 100) * 12
    const y = Math.floor(row / 100) * 20
    candidates.set([x, y, x + 10, y + 18, 1 - row / (count + 1), 0], row * CANDIDATE_WIDTH)
  }
  return candidates
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
