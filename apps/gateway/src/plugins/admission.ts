import { LupaError } from '@lupa/core/domain/errors'
import { newJobId } from '@lupa/core/domain/ids'
import type { JobRecord } from '@lupa/core/domain/job'
import type { Admission } from '@lupa/core/jobs/admission'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app-type.ts'
import { assertAllClosed, type Breakers } from '../breaker.ts'
import { onRequestWhere } from '../on-request-where.ts'
import { type QueueOutlook, toRetryAfter } from '../queue-outlook.ts'
import { clientOf } from './auth.ts'

export interface AdmissionDeps {
  admission: Admission
  outlook: QueueOutlook
  breakers: Breakers
}

/** A place on the queue for a job that is being made. */
interface Place {
  jobId: string
  isKept: boolean
}

const PLACE = Symbol('place')

/** Reserves a place on the queue for requests that bring an image, before their body is read. */
export function registerAdmission(app: App, deps: AdmissionDeps): void {
  app.decorateRequest(PLACE, null)
  onRequestWhere(app, takesImage, async (request, reply) => void (await reservePlace(request, reply, deps)))
}

function takesImage(config: object): boolean {
  return (config as { takesImage?: boolean }).takesImage ?? false
}

/**
 * Reserves a place for the job that the request is to make, under the id this resolves to. It is given back
 * when the answer is out, unless `keepPlace` was called meanwhile. Rejects when there is none, with an honest
 * `Retry-After`, or when a store is known to be away: the job would end half way.
 */
export async function reservePlace(
  request: FastifyRequest,
  reply: FastifyReply,
  { admission, outlook, breakers }: AdmissionDeps,
): Promise<string> {
  assertAllClosed(breakers)
  const client = clientOf(request)
  const place: Place = { jobId: newJobId(), isKept: false }
  const answer = await breakers.redis.watch(() => admission.reserve(client, place.jobId))
  if (answer !== 'reserved') {
    await sayWhenThereIsRoom(reply, answer === 'share_full' ? client : undefined, { admission, outlook })
    throw refusal(answer)
  }

  request.setDecorator(PLACE, place)
  // Also when the client has gone away: if its job comes on the queue after all, it takes its place there.
  reply.raw.once('close', () => {
    if (place.isKept) return
    admission
      .release(client, place.jobId)
      .catch((err) => request.log.warn({ err }, 'a place on the queue is not given back; it will lapse'))
  })
  return place.jobId
}

/** An honest `Retry-After`, for whoever found no room in a client's share, or in the queue as a whole. */
export async function sayWhenThereIsRoom(
  reply: FastifyReply,
  client: string | undefined,
  { admission, outlook }: Pick<AdmissionDeps, 'admission' | 'outlook'>,
): Promise<void> {
  const taken = await admission.taken(client).catch(() => null)
  const seconds = taken === null ? null : await outlook.secondsToEnd(taken)
  reply.header('retry-after', toRetryAfter(seconds, RETRY_AFTER_UNKNOWN_SECONDS))
}

const RETRY_AFTER_UNKNOWN_SECONDS = 2

function refusal(answer: 'queue_full' | 'share_full'): LupaError {
  return answer === 'share_full'
    ? new LupaError(
        'share_full',
        'Your waiting jobs have used up your share of the queue. Nothing was stored. Send this again when some are done.',
      )
    : new LupaError('queue_full', 'The queue is full. Nothing was stored. Send this again in a while.')
}

/** The id of the job that the request is to make. */
export function placeOf(request: FastifyRequest): string {
  const place = request.getDecorator<Place | null>(PLACE)
  if (place === null) throw new Error('This address reserves no place on the queue')
  return place.jobId
}

/** Leaves the place to the job that was made under its id: its end gives it back, or has. */
export function keepPlace(request: FastifyRequest, made: JobRecord): void {
  const place = request.getDecorator<Place | null>(PLACE)
  if (place && made.id === place.jobId) place.isKept = true
}
