import type { JobHandler } from '../jobs/job-consumer.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { DeliverWebhook, WebhookNotice, WebhookQueue } from '../webhooks/webhook-queue.ts'
import type { SpanStart, Tracing } from './tracing.ts'

/** By the names of OpenTelemetry: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
function messaging(operation: 'send' | 'process', queue: 'jobs' | 'webhooks', id: string): SpanStart {
  return {
    name: `${operation} ${queue}`,
    kind: operation === 'send' ? 'producer' : 'consumer',
    attributes: {
      'messaging.system': 'bullmq',
      'messaging.operation.name': operation,
      'messaging.operation.type': operation,
      'messaging.destination.name': queue,
      'messaging.message.id': id,
    },
  }
}

/** Whoever takes the job goes on with the trace: it travels with the job. */
export function tracedJobQueue(queue: JobQueue, tracing: Tracing): JobQueue {
  if (!tracing.isOn) return queue
  return {
    ...queue,
    enqueue: (job) =>
      tracing.span({ ...messaging('send', 'jobs', job.id), parent: job.traceparent }, ({ traceparent }) =>
        queue.enqueue({ ...job, traceparent: traceparent ?? job.traceparent }),
      ),
  }
}

export function tracedJobHandler(handle: JobHandler, tracing: Tracing): JobHandler {
  if (!tracing.isOn) return handle
  return (job, signal) =>
    tracing.span({ ...messaging('process', 'jobs', job.id), parent: job.traceparent }, (span) => {
      span.note({ 'lupa.job.attempt': job.attempt })
      return handle(job, signal)
    })
}

export function tracedWebhookQueue(queue: WebhookQueue, tracing: Tracing): WebhookQueue {
  if (!tracing.isOn) return queue
  const sending = (send: (notice: WebhookNotice) => Promise<void>) => (notice: WebhookNotice) =>
    tracing.span(
      { ...messaging('send', 'webhooks', notice.deliveryId), parent: notice.traceparent },
      ({ traceparent }) => send({ ...notice, traceparent: traceparent ?? notice.traceparent }),
    )
  return {
    ...queue,
    enqueue: sending((notice) => queue.enqueue(notice)),
    enqueueNow: sending((notice) => queue.enqueueNow(notice)),
  }
}

export function tracedDeliverWebhook(deliver: DeliverWebhook, tracing: Tracing): DeliverWebhook {
  if (!tracing.isOn) return deliver
  return (notice, tryNumber, signal) =>
    tracing.span(
      { ...messaging('process', 'webhooks', notice.deliveryId), parent: notice.traceparent },
      (span) => {
        span.note({ 'lupa.webhook.try': tryNumber })
        return deliver(notice, tryNumber, signal)
      },
    )
}
