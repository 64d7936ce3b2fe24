/**
 * Every way a request or a job can fail that we know of. A code is part of the public API.
 * `retryable` says whether the same request may work later without a change.
 */
export const ERRORS = {
  // The request
  invalid_parameter: { title: 'A parameter is not valid', retryable: false },
  body_malformed: { title: 'The request body cannot be read', retryable: false },
  image_missing: { title: 'No image provided', retryable: false },
  unauthorized: { title: 'The credentials are missing or wrong', retryable: false },
  forbidden: { title: 'This client may not do that', retryable: false },
  cross_site_request: { title: 'A page of another site made a browser send this', retryable: false },
  host_refused: { title: 'This service does not go by that name', retryable: false },
  rate_limited: { title: 'Too much was sent for now', retryable: true },
  too_many_waits: { title: 'Too many requests of yours wait already', retryable: true },
  route_not_found: { title: 'There is nothing at this address', retryable: false },
  method_not_allowed: { title: 'This address does not answer this method', retryable: false },
  job_not_found: { title: 'There is no such job', retryable: false },
  model_not_found: { title: 'There is no such model', retryable: false },
  alias_not_found: { title: 'The model has no such alias', retryable: false },
  alias_moved: { title: 'The alias is another version by now', retryable: false },
  alias_refused: { title: 'The alias cannot be pointed there', retryable: false },
  image_not_found: { title: 'The image is not stored any more', retryable: false },
  image_too_large: { title: 'The image has too many bytes', retryable: false },
  image_too_many_pixels: { title: 'The image has too many pixels', retryable: false },
  body_too_large: { title: 'The request body is too large', retryable: false },
  unsupported_image_type: { title: 'Invalid file type', retryable: false },
  unsupported_media_type: { title: 'This content type is not understood', retryable: false },
  too_many_images: { title: 'The batch holds too many images', retryable: false },
  idempotency_key_reused: { title: 'The idempotency key was used for another request', retryable: false },
  idempotency_in_progress: {
    title: 'The first request with this idempotency key is not done',
    retryable: true,
  },
  idempotency_erased: { title: 'What this idempotency key made was erased', retryable: false },
  job_not_done: { title: 'The job has not ended', retryable: true },
  no_prediction: { title: 'The job has no prediction', retryable: false },
  not_acceptable: { title: 'There is no such form of this', retryable: false },
  job_not_dead: { title: 'The job is not among the dead letters', retryable: false },
  key_not_found: { title: 'There is no such API key', retryable: false },
  key_revoked: { title: 'The API key is revoked', retryable: false },
  batch_not_found: { title: 'There is no such batch', retryable: false },
  erasure_not_found: { title: 'There is no such erasure', retryable: false },
  delivery_not_found: { title: 'There is no such delivery', retryable: false },
  image_url_refused: { title: 'The image URL is refused', retryable: false },
  image_url_failed: { title: 'The image URL did not give an image', retryable: true },
  upload_not_found: { title: 'There is no such upload', retryable: false },
  upload_incomplete: { title: 'The image of the upload is not there', retryable: true },
  upload_used: { title: 'A job was made of the upload already', retryable: false },
  link_refused: { title: 'The link is not good for this', retryable: false },
  inbox_off: { title: 'There is no inbox here', retryable: false },
  blob_refused: { title: 'The blob is not in the account of this service', retryable: false },
  share_full: { title: 'Your share of the queue is used up', retryable: true },
  webhook_url_refused: { title: 'The webhook URL is refused', retryable: false },
  // The job
  image_unreadable: { title: 'The image cannot be decoded', retryable: false },
  image_quarantined: { title: 'The image made the model process die repeatedly', retryable: false },
  out_of_memory: { title: 'The model ran out of memory', retryable: true },
  canceled: { title: 'The job was canceled', retryable: false },
  deadline_exceeded: { title: 'The job did not end by its deadline', retryable: true },
  execution_timeout: { title: 'The model took too long', retryable: true },
  worker_lost: { title: 'The process that ran the model died', retryable: true },
  wait_elapsed: { title: 'The wait ended before the job did', retryable: true },
  queue_ttl_exceeded: { title: 'The job waited too long in the queue', retryable: true },
  prediction_failed: { title: 'The model could not be run on this image', retryable: false },
  // The service
  model_unavailable: { title: 'The model cannot be served', retryable: true },
  render_failed: { title: 'The picture cannot be made', retryable: false },
  worker_not_ready: { title: 'The worker cannot run the model yet', retryable: true },
  queue_full: { title: 'The queue is full', retryable: true },
  queue_unavailable: { title: 'The queue cannot be reached', retryable: true },
  store_unavailable: { title: 'The store cannot be reached', retryable: true },
  fetcher_unavailable: { title: 'Images cannot be fetched from URLs at present', retryable: true },
  identity_unavailable: { title: 'Tokens cannot be checked', retryable: true },
  service_stopping: { title: 'The service is stopping', retryable: true },
  request_timeout: { title: 'The request took too long', retryable: true },
  internal_error: { title: 'Something went wrong on our side', retryable: true },
} as const satisfies Record<string, { title: string; retryable: boolean }>

export type ErrorCode = keyof typeof ERRORS

/** A failure we know of: a stable code, and a sentence that says what was wrong and what to do. */
export class LupaError extends Error {
  override readonly name = 'LupaError'
  readonly code: ErrorCode
  readonly retryable: boolean

  constructor(code: ErrorCode, detail: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(detail, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.retryable = options.retryable ?? ERRORS[code].retryable
  }

  get title(): string {
    return ERRORS[this.code].title
  }
}

/** What is known about any thrown thing: ours as it is, anything else as an internal error. */
export function toLupaError(thrown: unknown): LupaError {
  if (thrown instanceof LupaError) return thrown
  return new LupaError('internal_error', 'An unexpected error occurred; the log holds the details.', {
    cause: thrown,
  })
}
