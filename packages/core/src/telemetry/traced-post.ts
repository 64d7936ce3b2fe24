import type { WebhookAnswer, WebhookMessage } from '../webhooks/post-webhook.ts'
import type { Tracing } from './tracing.ts'

/** Sends the trace along, for a receiver that goes on with it. Of the address only the host is noted: the rest may be secret. */
export function tracedPost<Options>(
  post: (message: WebhookMessage, options: Options) => Promise<WebhookAnswer>,
  tracing: Tracing,
): (message: WebhookMessage, options: Options) => Promise<WebhookAnswer> {
  if (!tracing.isOn) return post
  return (message, options) => {
    const { hostname, port, protocol } = new URL(message.url)
    const attributes = {
      'http.request.method': 'POST',
      'url.scheme': protocol.slice(0, -1),
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'http:' ? 80 : 443),
    }
    return tracing.span({ name: 'POST', kind: 'client', attributes }, async (span) => {
      const answer = await post({ ...message, traceparent: span.traceparent }, options)
      const { isOk, status, refusal } = answer
      if (status !== null) span.note({ 'http.response.status_code': status })
      if (!isOk) span.fail(status === null ? (refusal?.code ?? 'no_answer') : String(status))
      return answer
    })
  }
}
