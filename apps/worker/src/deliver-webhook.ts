import type { Delivery, JobRecord } from '@lupa/core/domain/job'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { JobStore } from '@lupa/core/jobs/job-store'
import { retryDelayMs } from '@lupa/core/webhooks/schedule'
import { makeSecret, signWebhook } from '@lupa/core/webhooks/sign'
import { webhookBody, webhookId } from '@lupa/core/webhooks/webhook-body'
import type { DeliverWebhook, WebhookNotice } from '@lupa/core/webhooks/webhook-queue'
import type { Dispatcher } from 'undici'
import { request } from 'undici'

export interface DeliverWebhookDeps {
  jobStore: JobStore
  events: JobEvents
  /** Refuses addresses that may not be called. */
  dispatcher: Dispatcher
  timeoutMs?: number
}

/** One try of one webhook event; its outcome is noted in the job. */
export function createDeliverWebhook({
  jobStore,
  events,
  dispatcher,
  timeoutMs = 15_000,
}: DeliverWebhookDeps): DeliverWebhook {
  return async function deliverWebhook(notice, tryNumber, signal) {
    const record = await jobStore.get(notice.jobId)
    if (!record?.webhook) return undefined
    const secret = await jobStore.webhookSecret(record.client, makeSecret)

    const answer = await post(
      record,
      notice,
      secret,
      dispatcher,
      AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    )
    // Stopping: the queue hands this same try to another process.
    signal.throwIfAborted()

    const retryInMs = answer.ok || answer.status === 410 ? undefined : nextTryInMs(tryNumber, answer)
    const delivery = toDelivery(record, notice, tryNumber, answer, retryInMs)
    await jobStore.recordDelivery(record.id, delivery)
    await events.announce({ ...record, webhook: { ...record.webhook, last_delivery: delivery } })
    return retryInMs === undefined ? undefined : { retryInMs }
  }
}

interface Answer {
  ok: boolean
  status: number | null
  error: string | null
  retryAfterMs: number
}

async function post(
  record: JobRecord,
  { event }: WebhookNotice,
  secret: string,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<Answer> {
  const body = webhookBody(record)
  const id = webhookId(record.id, event)
  try {
    const response = await request(record.webhook?.url ?? '', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Lupa-Webhooks/1',
        ...signWebhook({ id, timestamp: new Date(), body, secrets: [secret] }),
      },
      body,
      dispatcher,
      signal,
    })
    // What it says is not asked for; a body without end is cut.
    await response.body.dump({ limit: 65_536 }).catch(() => {})
    const status = response.statusCode
    // Only 2xx is success; a redirect would carry the signature somewhere else.
    const ok = status >= 200 && status < 300
    const error = ok ? null : `The receiver answered ${status}.`
    return { ok, status, error, retryAfterMs: readRetryAfterMs(response.headers['retry-after']) }
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return { ok: false, status: null, error: message, retryAfterMs: 0 }
  }
}

function nextTryInMs(tryNumber: number, { retryAfterMs }: Answer): number | undefined {
  const scheduledMs = retryDelayMs(tryNumber, Math.random())
  return scheduledMs === undefined ? undefined : Math.max(scheduledMs, retryAfterMs)
}

function toDelivery(
  record: JobRecord,
  { event }: WebhookNotice,
  tryNumber: number,
  answer: Answer,
  retryInMs: number | undefined,
): Delivery {
  return {
    id: webhookId(record.id, event),
    event,
    status: answer.ok ? 'delivered' : retryInMs === undefined ? 'failed' : 'retrying',
    tries: tryNumber,
    at: new Date().toISOString(),
    response_status: answer.status,
    error: answer.error,
    next_try_at: retryInMs === undefined ? null : new Date(Date.now() + retryInMs).toISOString(),
  }
}

/** RFC 9110, section 10.2.3: seconds or an HTTP date; at most a day is believed. */
function readRetryAfterMs(header: string | string[] | undefined): number {
  if (typeof header !== 'string') return 0
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 86_400_000) : 0
}
