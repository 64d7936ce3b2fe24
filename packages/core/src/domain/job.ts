import { z } from 'zod'
import type { LupaError } from './errors.ts'
import { JobId } from './ids.ts'
import { Params } from './params.ts'
import { PredictionItem, type PredictionView, StoredPrediction, Task } from './prediction.ts'
import { viewPrediction } from './view-prediction.ts'

/**
 * A job's life:
 *
 *     queued ──▶ running ──▶ succeeded
 *        │          │   └──▶ failed
 *        ├──────────┴──────▶ canceled
 *        └──────────┴──────▶ expired
 *
 * A job that is running may start again (its worker died) and may be answered without running (from the
 * cache, or because it can never work). The four on the right are terminal: they never change.
 */
export const JobStatus = z.enum(['queued', 'running', 'succeeded', 'failed', 'canceled', 'expired'])
export type JobStatus = z.output<typeof JobStatus>

export const TerminalStatus = JobStatus.extract(['succeeded', 'failed', 'canceled', 'expired'])
export type TerminalStatus = z.output<typeof TerminalStatus>

const NEXT: Record<JobStatus, readonly JobStatus[]> = {
  queued: ['running', 'succeeded', 'failed', 'canceled', 'expired'],
  running: ['running', 'succeeded', 'failed', 'canceled', 'expired'],
  succeeded: [],
  failed: [],
  canceled: [],
  expired: [],
}

export function mayBecome(from: JobStatus, to: JobStatus): boolean {
  return NEXT[from].includes(to)
}

export function isTerminal(status: JobStatus): status is TerminalStatus {
  return NEXT[status].length === 0
}

const Timestamp = z.string().describe('RFC 3339, UTC, milliseconds')

export const ImageFormat = z.enum(['jpeg', 'png', 'webp', 'avif', 'tiff', 'gif'])
export type ImageFormat = z.output<typeof ImageFormat>

export const ImageInfo = z
  .object({
    sha256: z.string(),
    bytes: z.int(),
    width: z.int().describe('Pixels, as a person sees it (EXIF orientation applied).'),
    height: z.int(),
    format: ImageFormat,
  })
  .meta({ id: 'Image' })
export type ImageInfo = z.output<typeof ImageInfo>

export const ModelRef = z
  .object({ name: z.string(), version: z.string(), task: Task, digest: z.string() })
  .meta({ id: 'ModelRef' })
export type ModelRef = z.output<typeof ModelRef>

const Milliseconds = z.number().nullable()

/** Where the time went, in milliseconds. Null: that stage was not reached, or not needed. */
export const Timings = z
  .object({
    queue_ms: Milliseconds.describe('From the job being accepted to a worker taking it.'),
    download_ms: Milliseconds.describe('Reading the image from the store.'),
    preprocess_ms: Milliseconds.describe('Decoding and fitting the image to the model.'),
    inference_ms: Milliseconds.describe('The model itself, on all images of its batch.'),
    batch_size: z
      .int()
      .nullable()
      .optional()
      .describe('How many images the model computed at once, this one among them.'),
    postprocess_ms: Milliseconds.describe('From the output of the model to the prediction.'),
    total_ms: Milliseconds.describe('From the job being accepted to its end.'),
  })
  .meta({ id: 'Timings' })
export type Timings = z.output<typeof Timings>

export const NO_TIMINGS: Timings = {
  queue_ms: null,
  download_ms: null,
  preprocess_ms: null,
  inference_ms: null,
  batch_size: null,
  postprocess_ms: null,
  total_ms: null,
}

export const JobError = z
  .object({ code: z.string(), title: z.string(), detail: z.string(), retryable: z.boolean() })
  .meta({ id: 'JobError' })
export type JobError = z.output<typeof JobError>

/** Who goes first: `interactive` before `bulk`, which is not starved. */
export const Priority = z.enum(['interactive', 'bulk'])
export type Priority = z.output<typeof Priority>

export const QueuePlace = z
  .object({
    position: z.int().describe('Jobs that will be taken up to this one; 1 is next.'),
    eta_seconds: z
      .number()
      .nullable()
      .describe('Until its end, at the rate of the last half minute; null: not known.'),
  })
  .meta({ id: 'QueuePlace' })
export type QueuePlace = z.output<typeof QueuePlace>

export const WebhookEvent = z.enum(['job.succeeded', 'job.failed', 'job.canceled', 'job.expired'])
export type WebhookEvent = z.output<typeof WebhookEvent>

/** One webhook event and how its last try went. */
export const Delivery = z
  .object({
    id: z.string().describe('The `webhook-id` header: the same on every try of one event.'),
    event: WebhookEvent,
    status: z.enum(['delivered', 'retrying', 'failed']),
    tries: z.int(),
    at: Timestamp,
    response_status: z.int().nullable().describe('What the receiver answered; null: no answer.'),
    error: z.string().nullable(),
    next_try_at: Timestamp.nullable(),
  })
  .meta({ id: 'Delivery' })
export type Delivery = z.output<typeof Delivery>

export const Webhook = z
  .object({ url: z.string(), events: z.array(WebhookEvent), last_delivery: Delivery.nullable() })
  .meta({ id: 'Webhook' })
export type Webhook = z.output<typeof Webhook>

/** A job as its client sees it, everywhere: poll, wait, webhook, list. */
export const Job = z
  .object({
    id: JobId,
    object: z.literal('job'),
    status: JobStatus,
    done: z.boolean().describe('True once the status will not change any more.'),
    request_id: JobId.describe('The same as `id`.'),
    image_name: z.string().nullable().describe("The client's own file name."),
    prediction: z.string().nullable().describe('The surest class; null when nothing was detected.'),
    confidence: z.number().nullable().describe('How sure the model is of `prediction`, 0 to 1.'),
    timestamp: Timestamp.describe('When the job was accepted.'),
    processing_time: z
      .number()
      .nullable()
      .describe('Milliseconds from a worker taking the job, or the cache answering it, to its result.'),
    model: ModelRef,
    params: Params,
    image: ImageInfo,
    predictions: z
      .array(PredictionItem)
      .nullable()
      .describe(
        "In the shape of Ultralytics' Results.summary(). Empty: nothing was found. Null: none yet, or too many for a list or a webhook; the job at `links.self` has them.",
      ),
    error: JobError.nullable(),
    cache: z.enum(['hit', 'miss']).nullable().describe('Whether the prediction came from the cache.'),
    priority: Priority,
    queue: QueuePlace.nullable().describe('Where the job waits; null once a worker has taken it.'),
    attempt: z.int().describe('How many times a worker has begun this job.'),
    timings: Timings,
    created_at: Timestamp,
    started_at: Timestamp.nullable(),
    finished_at: Timestamp.nullable(),
    expires_at: Timestamp.describe('After this the job and its image may be erased.'),
    deadline_at: Timestamp.nullable().describe('If it has not ended by then it ends as `expired`.'),
    retry_of: JobId.nullable().describe('The job that this one runs again.'),
    batch: z.string().nullable().describe('The batch it belongs to.'),
    tags: z.array(z.string()),
    webhook: Webhook.nullable(),
    links: z.object({ self: z.string(), image: z.string(), annotated: z.string(), events: z.string() }),
    worker: z.string().nullable(),
    trace_id: z.string().nullable().describe('From the W3C `traceparent` header of the request.'),
  })
  .meta({ id: 'Job' })
export type Job = z.output<typeof Job>

/** A job as it is stored for good: what its client sees, whose it is, and what re-filtering needs. */
export const JobRecord = Job.extend({
  client: z.string(),
  user_ip: z.string().nullable(),
  /** False when the client asked for a prediction computed anew. */
  use_cache: z.boolean(),
  /** It failed for good, and nobody has replayed it. */
  dead: z.boolean(),
  stored_prediction: StoredPrediction.nullable(),
  /** `retention_seconds=0`: kept until it was handed over, and not longer. */
  fleeting: z.boolean().optional(),
  /** The blob of the inbox that it was made of, by name: its result is written beside it. */
  inbox: z.string().optional(),
  /** Where in its trace a worker goes on with it; none when nothing is traced. */
  traceparent: z.string().optional(),
  /** Tells how its model was read when it was accepted, by manifest and metadata, from other ways to read the file. */
  model_reading: z.string().optional(),
})
export type JobRecord = z.output<typeof JobRecord>

/** What a client asked for, checked and complete. */
export interface JobRequest {
  id: string
  client: string
  userIp: string | null
  imageName: string | null
  image: ImageInfo
  model: ModelRef
  modelReading?: string | undefined
  params: Params
  tags: string[]
  webhook: { url: string; events: WebhookEvent[] } | null
  traceId: string | null
  traceparent?: string | undefined
  useCache?: boolean
  priority?: Priority
  /** From its acceptance. */
  cancelAfterSeconds?: number | null
  retryOf?: string | null
  batch?: string | null
  inbox?: string | null
  acceptedAt: Date
  /** 0: until it is handed over. */
  retentionSeconds: number
}

export function createJob(request: JobRequest): JobRecord {
  const createdAt = request.acceptedAt.toISOString()
  const isFleeting = request.retentionSeconds === 0
  return {
    id: request.id,
    object: 'job',
    status: 'queued',
    done: false,
    request_id: request.id,
    image_name: request.imageName,
    prediction: null,
    confidence: null,
    timestamp: createdAt,
    processing_time: null,
    model: request.model,
    params: request.params,
    image: request.image,
    predictions: null,
    error: null,
    cache: null,
    priority: request.priority ?? 'interactive',
    queue: null,
    attempt: 0,
    timings: NO_TIMINGS,
    created_at: createdAt,
    started_at: null,
    finished_at: null,
    expires_at: after(
      request.acceptedAt,
      isFleeting ? FLEETING_SECONDS.unfinished : request.retentionSeconds,
    ),
    deadline_at: request.cancelAfterSeconds ? after(request.acceptedAt, request.cancelAfterSeconds) : null,
    retry_of: request.retryOf ?? null,
    batch: request.batch ?? null,
    tags: request.tags,
    webhook: request.webhook && { ...request.webhook, last_delivery: null },
    links: {
      self: `/v1/jobs/${request.id}`,
      image: `/v1/jobs/${request.id}/image`,
      annotated: `/v1/jobs/${request.id}/annotated`,
      events: `/v1/jobs/${request.id}/events`,
    },
    worker: null,
    trace_id: request.traceId,
    client: request.client,
    user_ip: request.userIp,
    // What is kept for others would be kept longer.
    use_cache: !isFleeting && (request.useCache ?? true),
    dead: false,
    stored_prediction: null,
    ...(isFleeting && { fleeting: true }),
    ...(request.inbox && { inbox: request.inbox }),
    ...(request.traceparent && { traceparent: request.traceparent }),
    ...(request.modelReading && { model_reading: request.modelReading }),
  }
}

/** How long a fleeting job is kept at most: until its end, and from there until somebody asks, or was told. */
export const FLEETING_SECONDS = { unfinished: 86_400, unasked: 60, untold: 3600 }

const after = (at: Date, seconds: number) => new Date(at.getTime() + seconds * 1000).toISOString()

/** A worker has taken the job. Announced and kept hot, not worth a write to the job store. */
export function startJob(record: JobRecord, start: { worker: string; attempt: number; at: Date }): JobRecord {
  assertMayBecome(record, 'running')
  return {
    ...record,
    status: 'running',
    worker: start.worker,
    attempt: start.attempt,
    started_at: start.at.toISOString(),
    timings: { ...NO_TIMINGS, queue_ms: msBetween(record.created_at, start.at) },
  }
}

/** Never negative: clocks are set back, and those of two machines differ. */
const msBetween = (from: string, to: Date) => Math.max(0, to.getTime() - Date.parse(from))

/** How a job ended. */
export type Outcome =
  | {
      status: 'succeeded'
      at: Date
      cache: 'hit' | 'miss'
      stored: StoredPrediction
      view: PredictionView
      image: { width: number; height: number }
      timings: Partial<Timings>
    }
  | { status: 'failed' | 'canceled' | 'expired'; at: Date; error: LupaError }

/** The finished job. Throws when the job is terminal already: that must be asked first. */
export function finishJob(record: JobRecord, outcome: Outcome): JobRecord {
  assertMayBecome(record, outcome.status)
  const finished = {
    ...record,
    status: outcome.status,
    done: true,
    finished_at: outcome.at.toISOString(),
    processing_time: record.started_at ? msBetween(record.started_at, outcome.at) : null,
    timings: { ...record.timings, total_ms: msBetween(record.created_at, outcome.at) },
    ...(record.fleeting && {
      expires_at: after(
        outcome.at,
        FLEETING_SECONDS[isToldOf(record, outcome.status) ? 'untold' : 'unasked'],
      ),
    }),
  }
  if (outcome.status !== 'succeeded') {
    return { ...finished, error: toJobError(outcome.error), dead: outcome.status === 'failed' }
  }
  return {
    ...finished,
    ...outcome.view,
    predictions: isLarge(outcome.view) ? null : outcome.view.predictions,
    cache: outcome.cache,
    // Answered from the cache before any worker took it: all of its time was that answer's.
    processing_time: finished.processing_time ?? finished.timings.total_ms,
    stored_prediction: outcome.stored,
    image: { ...record.image, ...outcome.image },
    timings: { ...finished.timings, ...outcome.timings },
  }
}

/** A record must stay well below the 2 MB that Cosmos DB takes, and what is stored may be made a view of again. */
const MAX_SHOWN_BYTES = 800_000
/** Of one number in JSON: up to five digits, the point, five decimals, a comma. */
const NUMBER_BYTES = 12
/** Of an item without what its task adds, four corners counted. */
const ITEM_BYTES = 200

function isLarge({ predictions }: PredictionView): boolean {
  let bytes = 0
  for (const item of predictions) {
    bytes += ITEM_BYTES + 3 * item.name.length
    if ('segments' in item) bytes += 2 * NUMBER_BYTES * item.segments.x.length
    if ('keypoints' in item) bytes += 3 * NUMBER_BYTES * item.keypoints.x.length
    if ('mask' in item) bytes += item.mask.counts.length
  }
  return bytes > MAX_SHOWN_BYTES
}

export function toJobError(error: LupaError): JobError {
  return {
    code: error.code,
    title: error.title,
    detail: error.message,
    retryable: error.retryable,
  }
}

/** What the client may see of its record. */
export function toJob(record: JobRecord): Job {
  const { client, user_ip, use_cache, dead, stored_prediction, fleeting, inbox, ...rest } = record
  const { traceparent, model_reading, ...job } = rest
  if (job.predictions || !stored_prediction) return job
  return { ...job, ...viewPrediction(stored_prediction, job.params, job.image) }
}

/** Whether its client is told of a job that ends so by webhook. */
export function isToldOf({ webhook }: JobRecord, status: TerminalStatus): boolean {
  return webhook?.events.includes(eventOf(status)) ?? false
}

/** The webhook event that tells of a terminal status. */
export function eventOf(status: TerminalStatus): WebhookEvent {
  return `job.${status}`
}

function assertMayBecome(record: JobRecord, to: JobStatus): void {
  if (!mayBecome(record.status, to)) {
    throw new Error(`Job ${record.id} is ${record.status} and cannot become ${to}`)
  }
}
