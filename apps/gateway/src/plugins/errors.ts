import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { API_KEYS_IN_TEXT } from '@lupa/core/clients/api-key-text'
import { ERRORS, type ErrorCode, LupaError, toLupaError } from '@lupa/core/domain/errors'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../app-type.ts'
import { ACCEPTED_FORMATS } from '../image-header.ts'
import { sayWhatBrowsersMayDo } from './browsers.ts'

/** The answer to every way we know of to fail. A code without a status does not compile. */
export const HTTP_STATUS: Record<ErrorCode, number> = {
  invalid_parameter: 400,
  body_malformed: 400,
  image_missing: 400,
  unauthorized: 401,
  forbidden: 403,
  cross_site_request: 403,
  host_refused: 403,
  rate_limited: 429,
  too_many_waits: 429,
  route_not_found: 404,
  method_not_allowed: 405,
  job_not_found: 404,
  model_not_found: 404,
  alias_not_found: 404,
  alias_moved: 409,
  alias_refused: 422,
  image_not_found: 404,
  image_too_large: 413,
  image_too_many_pixels: 413,
  body_too_large: 413,
  unsupported_image_type: 415,
  unsupported_media_type: 415,
  too_many_images: 413,
  idempotency_key_reused: 422,
  idempotency_in_progress: 409,
  idempotency_erased: 410,
  job_not_done: 409,
  no_prediction: 409,
  not_acceptable: 406,
  job_not_dead: 409,
  key_not_found: 404,
  key_revoked: 409,
  batch_not_found: 404,
  erasure_not_found: 404,
  delivery_not_found: 404,
  image_url_refused: 400,
  image_url_failed: 422,
  fetcher_unavailable: 503,
  upload_not_found: 404,
  upload_incomplete: 409,
  upload_used: 409,
  link_refused: 403,
  inbox_off: 409,
  blob_refused: 403,
  share_full: 429,
  webhook_url_refused: 400,
  image_unreadable: 422,
  image_quarantined: 422,
  out_of_memory: 503,
  canceled: 409,
  deadline_exceeded: 504,
  execution_timeout: 504,
  wait_elapsed: 504,
  worker_lost: 503,
  queue_ttl_exceeded: 503,
  prediction_failed: 500,
  model_unavailable: 503,
  render_failed: 500,
  worker_not_ready: 503,
  queue_full: 503,
  queue_unavailable: 503,
  store_unavailable: 503,
  identity_unavailable: 503,
  service_stopping: 503,
  request_timeout: 503,
  internal_error: 500,
}

/** What a client is told of our own troubles; the log holds the rest. */
const PUBLIC_DETAIL: Partial<Record<ErrorCode, string>> = {
  queue_unavailable: 'The queue cannot be reached. Nothing was stored. Try again in a few seconds.',
  store_unavailable: 'The store cannot be reached. Try again in a few seconds.',
  identity_unavailable: 'The issuer of your token cannot be asked for its keys. Try again in a few seconds.',
  internal_error: 'An unexpected error occurred. The log has it under this request_id.',
}

const RETRY_AFTER_SECONDS = 2

/** Answers that say when to ask again, unless the same request will never work. */
const ASK_AGAIN = new Set([409, 429, 503])

/** RFC 9457, with a stable `code` and the id to find the request by. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
    request_id: z.string(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.output<typeof Problem>

export function toProblem(error: LupaError, requestId: string, status = HTTP_STATUS[error.code]): Problem {
  return {
    type: `urn:lupa:problem:${error.code}`,
    title: error.title,
    status,
    detail: PUBLIC_DETAIL[error.code] ?? error.message,
    code: error.code,
    request_id: requestId,
  }
}

/** The one place where anything thrown becomes an answer. */
export function registerErrors(app: App): void {
  const methodsByRoute = collectRoutes(app)
  app.setErrorHandler((thrown, request, reply) => {
    const error = logFailure(fromAnything(thrown, request), request)
    return sendProblem(reply, toProblem(error, idFor(request, reply)))
  })
  // Before the body is looked at, of which nobody knows what it should be.
  app.addHook('preParsing', (request, reply, _payload, done) => {
    done(request.is404 ? nothingThere(request, reply) : null)
  })
  app.setNotFoundHandler((request, reply) => {
    throw nothingThere(request, reply)
  })

  function nothingThere(request: FastifyRequest, reply: FastifyReply): LupaError {
    const path = pathOf(request.url)
    const shown = shownPath(request.url)
    const methods = methodsByRoute.flatMap(({ pattern, method }) => (pattern.test(path) ? [method] : []))
    if (methods.length === 0) {
      return new LupaError(
        'route_not_found',
        `There is nothing at ${request.method} ${shown}. GET /openapi.json lists what there is.`,
      )
    }
    reply.header('allow', [...new Set(methods)].join(', '))
    return new LupaError(
      'method_not_allowed',
      `${shown} answers ${methods.join(', ')}, not ${request.method}.`,
    )
  }
}

const PROBLEMS = new WeakMap<FastifyReply, ErrorCode>()

/** What kind of problem was the answer; undefined when none was. */
export function problemOf(reply: FastifyReply): ErrorCode | undefined {
  return PROBLEMS.get(reply)
}

export function sendProblem(
  reply: FastifyReply,
  problem: Problem & { error?: string; message?: string },
): FastifyReply {
  PROBLEMS.set(reply, problem.code)
  if (ASK_AGAIN.has(problem.status) && ERRORS[problem.code].retryable && !reply.hasHeader('retry-after')) {
    reply.header('retry-after', RETRY_AFTER_SECONDS)
  }
  return reply.code(problem.status).type('application/problem+json').serializer(JSON.stringify).send(problem)
}

/** The id that the answer's `X-Request-Id` tells: of the job, when there is one already. */
export function idFor(request: FastifyRequest, reply: FastifyReply): string {
  return String(reply.getHeader('x-request-id') ?? request.id)
}

/** Logs what is our fault whole, and of what is the client's only what kind it was. */
export function logFailure(error: LupaError, request: FastifyRequest): LupaError {
  if (HTTP_STATUS[error.code] < 500) request.log.info({ code: error.code }, 'request refused')
  else request.log.error({ err: error, code: error.code }, error.message)
  return error
}

/** Answers for requests that never reach a handler: bad URLs, over-long parameters. */
export function handleFrameworkError(
  thrown: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const id = idFor(request, reply)
  sayWhatBrowsersMayDo(request, reply)
  void sendProblem(reply.header('x-request-id', id), toProblem(fromAnything(thrown, request), id))
}

/** Answers for what Node's HTTP parser refuses, on the bare socket. */
export function handleClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const status = CLIENT_ERROR_STATUS[error.code ?? ''] ?? 400
  const body = JSON.stringify({
    title: STATUS_CODES[status],
    status,
    detail: 'The HTTP request cannot be read.',
  })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n` +
      `Content-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

const CLIENT_ERROR_STATUS: Record<string, number> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
}

/** Fastify's own errors: https://fastify.dev/docs/latest/Reference/Errors/ */
const FASTIFY_CODES: Record<string, [ErrorCode, string?]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body_too_large'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['body_malformed'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['body_malformed'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['body_malformed'],
  FST_ERR_BAD_URL: ['route_not_found', 'The address is not a valid URL.'],
  FST_ERR_MAX_PARAM_LENGTH: ['route_not_found', 'The address is too long.'],
  FST_ERR_HANDLER_TIMEOUT: ['request_timeout', 'The request took too long and was given up. Try again.'],
}

export function fromAnything(thrown: unknown, request: FastifyRequest): LupaError {
  if (thrown instanceof LupaError) return thrown
  const { code, message, statusCode } = thrown as Partial<FastifyError>
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupportedMediaType(request)
  const [known, detail] = FASTIFY_CODES[code ?? ''] ?? []
  if (known) return new LupaError(known, detail ?? String(message), { cause: thrown })
  const isBadRequest = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
  if (isBadRequest) return new LupaError('body_malformed', 'The request cannot be read.', { cause: thrown })
  return toLupaError(thrown)
}

function unsupportedMediaType({ headers }: FastifyRequest): LupaError {
  const given = headers['content-type'] ?? 'none'
  if (/^image\//i.test(given)) {
    return new LupaError(
      'unsupported_image_type',
      `Images of type ${given} are not taken: send ${ACCEPTED_FORMATS}.`,
    )
  }
  return new LupaError(
    'unsupported_media_type',
    `The content type is ${given}: send multipart/form-data, application/json, or an image (${ACCEPTED_FORMATS}) with its own.`,
  )
}

interface RoutePattern {
  method: string
  pattern: RegExp
}

/** Every route there will be, to tell a wrong method from a wrong address. */
function collectRoutes(app: App): RoutePattern[] {
  const routes: RoutePattern[] = []
  app.addHook('onRoute', ({ method, url }) => {
    const pattern = new RegExp(`^${url.replace(/[.]/g, '\\$&').replace(/:\w+/g, '[^/]+')}/?$`)
    for (const one of [method].flat()) routes.push({ method: one, pattern })
  })
  return routes
}

export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url
}

/** Of a length for logs, and without an API key that was put there by mistake. */
export function shownPath(url: string): string {
  return pathOf(url).slice(0, 200).replace(API_KEYS_IN_TEXT, 'lupa_(hidden)')
}
