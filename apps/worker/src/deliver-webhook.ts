import { toBatch } from '@lupa/core/domain/batch'
import { type DeliveryRecord, type DeliveryStatus, type DeliveryTry, isDue } from '@lupa/core/domain/delivery'
import { type Delivery, WebhookEvent } from '@lupa/core/domain/job'
import type { BatchStore } from '@lupa/core/jobs/batch-store'
import type { DeliveryStore, Receiver } from '@lupa/core/jobs/delivery-store'
import type { EraseRecord } from '@lupa/core/jobs/erase-record'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { JobStore } from '@lupa/core/jobs/job-store'
import { tracedPost } from '@lupa/core/telemetry/traced-post'
import { NO_TRACING, type Tracing } from '@lupa/core/telemetry/tracing'
import { batchBody } from '@lupa/core/webhooks/batch-body'
import { postWebhook, type WebhookAnswer } from '@lupa/core/webhooks/post-webhook'
import { afterFailure, HEALTHY, whyDisabled } from '@lupa/core/webhooks/receiver-health'
import { retryDelayMs } from '@lupa/core/webhooks/schedule'
import { makeSecret, validSecretsOf } from '@lupa/core/webhooks/sign'
import { webhookBody } from '@lupa/core/webhooks/webhook-body'
import type { DeliverWebhook } from '@lupa/core/webhooks/webhook-queue'
import type { Dispatcher } from 'undici'
import type { HostTurns } from './host-turns.ts'

export interface DeliverWebhookDeps {
  jobs: Pick<JobStore, 'get' | 'recordDelivery'>
  batches: Pick<BatchStore, 'getBatch'>
  deliveries: DeliveryStore
  events: Pick<JobEvents, 'announce'>
  /** For jobs that are kept until they are told of, and not longer. */
  eraseRecord: EraseRecord
  hostTurns: HostTurns
  /** Refuses addresses that may not be called. */
  dispatcher: Dispatcher
  timeoutMs?: number
  /** How long to wait after a try that failed; undefined after the last one. */
  delayMs?: (tryNumber: number) => number | undefined
  now?: () => Date
  countTry?: CountTry
  tracing?: Tracing
}

/** Told of each try that was made, and of what became of its delivery. */
export type CountTry = (made: DeliveryTry, outcome: DeliveryStatus) => void

type Deps = Required<Omit<DeliverWebhookDeps, 'timeoutMs' | 'tracing'>> &
  Pick<DeliverWebhookDeps, 'timeoutMs'> & { post: typeof postWebhook }

/**
 * One try of one delivery. The delivery's record says what has been done: a second notice of it, after a
 * process died or Redis was lost, finds there what the first one did, and does not send it again.
 */
export function createDeliverWebhook(options: DeliverWebhookDeps): DeliverWebhook {
  const deps: Deps = {
    delayMs: (tryNumber) => retryDelayMs(tryNumber, Math.random()),
    now: () => new Date(),
    countTry: () => {},
    post: tracedPost(postWebhook, options.tracing ?? NO_TRACING),
    ...options,
  }
  const { deliveries, hostTurns } = deps

  return async function deliverWebhook({ deliveryId }, place, signal) {
    const delivery = await deliveries.getDelivery(deliveryId)
    if (!delivery) return undefined
    if (!isDue(delivery)) {
      await tellJob(delivery, deps)
      return undefined
    }
    const retryInMs = untilNextTryMs(delivery, place, deps)
    if (retryInMs !== undefined) return { retryInMs }

    const turn = await hostTurns.take(new URL(delivery.url).host)
    if ('putOffByMs' in turn) return turn
    try {
      return await tryOnce(delivery, place, signal, deps)
    } finally {
      turn.giveBack()
    }
  }
}

/** Defined when this try was made already, and its process died before the queue knew. */
function untilNextTryMs({ status, tries, next_try_at }: DeliveryRecord, place: number, { now }: Deps) {
  const last = tries.at(-1)
  if (status !== 'retrying' || !last || !next_try_at || last.place < place) return undefined
  return Math.max(0, Date.parse(next_try_at) - now().getTime())
}

async function tryOnce(delivery: DeliveryRecord, place: number, signal: AbortSignal, deps: Deps) {
  const { deliveries, post, dispatcher, timeoutMs, now } = deps
  const { id, client, url } = delivery
  const body = await bodyOf(delivery, deps)
  if (body === undefined) return giveUp(delivery, place, 'What it tells of was erased.', deps)
  const receiver = await deliveries.getReceiver(client, url)
  if (receiver?.disabledAt && !isRedelivery(delivery)) {
    return giveUp(delivery, place, whyDisabled(receiver), deps)
  }

  const secrets = validSecretsOf(await deliveries.webhookSecrets(client, makeSecret))
  const at = now()
  const answer = await post({ url, id, body, secrets }, { dispatcher, timeoutMs, signal })
  // Another process may have this same try in hand; only a success is true whoever heard of it.
  if (!answer.isOk) signal.throwIfAborted()

  const made = toTry(delivery, place, at, answer)
  if (answer.isOk) {
    await noteSuccess(delivery, receiver, deps)
    return record(delivery, made, 'delivered', undefined, deps)
  }
  const { disabledAt } = await noteFailure(delivery, answer, deps)
  const retryInMs = disabledAt ? undefined : nextTryInMs(place, answer, deps)
  return record(delivery, made, retryInMs === undefined ? 'failed' : 'retrying', retryInMs, deps)
}

/** The same bytes on every try; undefined when what it tells of is not there any more. */
async function bodyOf({ job_id, batch_id }: DeliveryRecord, { jobs, batches }: Deps) {
  if (job_id !== null) {
    const job = await jobs.get(job_id)
    return job && webhookBody(job)
  }
  const batch = batch_id === null ? undefined : await batches.getBatch(batch_id)
  // Its counts were written when it was done, since its jobs may be erased meanwhile.
  if (batch && !batch.counts) throw new Error(`Batch ${batch.id} is not done: there is no event to tell yet`)
  return batch?.counts ? batchBody(toBatch(batch, batch.counts)) : undefined
}

/** Asked for by the client: tried even where webhooks are switched off. */
function isRedelivery({ status, tries }: DeliveryRecord): boolean {
  return status === 'pending' && tries.length > 0
}

async function noteSuccess(
  { client, url }: DeliveryRecord,
  before: Receiver | undefined,
  { deliveries }: Deps,
): Promise<void> {
  if (before?.failingSince || before?.disabledAt) await deliveries.setReceiver(client, url, HEALTHY)
}

async function noteFailure(
  { client, url }: DeliveryRecord,
  { status }: WebhookAnswer,
  { deliveries, now }: Deps,
): Promise<Receiver> {
  const before = (await deliveries.getReceiver(client, url)) ?? HEALTHY
  const after = afterFailure(before, { status, at: now() })
  if (after !== before) await deliveries.setReceiver(client, url, after)
  return after
}

function nextTryInMs(place: number, { retryAfterMs }: WebhookAnswer, { delayMs }: Deps): number | undefined {
  const scheduledMs = delayMs(place)
  return scheduledMs === undefined ? undefined : Math.max(scheduledMs, retryAfterMs)
}

/** Ends a delivery without a try; its log says why. */
async function giveUp(
  delivery: DeliveryRecord,
  place: number,
  reason: string,
  deps: Deps,
): Promise<undefined> {
  const answer = { status: null, excerpt: null, error: reason, durationMs: 0 }
  await record(delivery, toTry(delivery, place, deps.now(), answer), 'failed', undefined, deps)
}

function toTry(
  { tries }: DeliveryRecord,
  place: number,
  at: Date,
  { status, excerpt, error, durationMs }: Pick<WebhookAnswer, 'status' | 'excerpt' | 'error' | 'durationMs'>,
): DeliveryTry {
  return {
    number: (tries.at(-1)?.number ?? 0) + 1,
    place,
    at: at.toISOString(),
    duration_ms: durationMs,
    response_status: status,
    response_excerpt: excerpt,
    error,
  }
}

async function record(
  delivery: DeliveryRecord,
  made: DeliveryTry,
  status: DeliveryStatus,
  retryInMs: number | undefined,
  deps: Deps,
): Promise<{ retryInMs: number } | undefined> {
  const nextTryAt = retryInMs === undefined ? null : new Date(deps.now().getTime() + retryInMs).toISOString()
  await deps.deliveries.recordTry(delivery.id, made, { status, nextTryAt })
  deps.countTry(made, status)
  const tries = [...delivery.tries, made]
  await tellJob({ ...delivery, tries, status, next_try_at: nextTryAt }, deps)
  return retryInMs === undefined ? undefined : { retryInMs }
}

/** Keeps what the job says of its webhook in step with the delivery. */
async function tellJob(delivery: DeliveryRecord, { jobs, events, eraseRecord }: Deps): Promise<void> {
  const summary = toSummary(delivery)
  if (delivery.job_id === null || !summary) return
  await jobs.recordDelivery(delivery.job_id, summary)
  const job = await jobs.get(delivery.job_id)
  if (job?.fleeting && !isDue(delivery)) await eraseRecord(job)
  else if (job) await events.announce(job)
}

function toSummary({ id, event, status, tries, next_try_at }: DeliveryRecord): Delivery | undefined {
  const last = tries.at(-1)
  const jobEvent = WebhookEvent.safeParse(event)
  if (!last || !jobEvent.success || status === 'pending') return undefined
  return {
    id,
    event: jobEvent.data,
    status,
    tries: tries.length,
    at: last.at,
    response_status: last.response_status,
    error: last.error,
    next_try_at,
  }
}
