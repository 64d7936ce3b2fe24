import type { IncomingMessage } from 'node:http'
import { NO_SPAN, type OpenSpan, type Tracing } from '@lupa/core/telemetry/tracing'
import type { App } from '../app-type.ts'
import { isProbe } from '../is-probe.ts'
import { beginTrace } from '../trace-id.ts'
import { pathOf, problemOf } from './errors.ts'

/** A span for each request, from its first line to the end of its answer; probes have none. */
export interface RequestSpans {
  /** Before anything is logged of the request: from then on its trace is that of the span. */
  begin(raw: IncomingMessage): void
  /** Before all other hooks, so that what they ask of Redis and the stores is part of it. */
  register(app: App): void
}

/** By the names of OpenTelemetry: https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
export function createRequestSpans(tracing: Tracing): RequestSpans {
  const spans = new WeakMap<IncomingMessage, OpenSpan>()
  const spanOf = (raw: IncomingMessage) => spans.get(raw) ?? NO_SPAN

  return {
    begin(raw) {
      if (!tracing.isOn || spans.has(raw) || isProbe(pathOf(raw.url ?? ''))) return
      const { method = '', headers } = raw
      const parent = typeof headers['traceparent'] === 'string' ? headers['traceparent'] : null
      const attributes = { 'http.request.method': method }
      const span = tracing.begin({ name: method, kind: 'server', parent, attributes })
      spans.set(raw, span)
      if (span.traceId) beginTrace(raw, span.traceId)
    },

    register(app) {
      if (!tracing.isOn) return
      app.addHook('onRequest', (request, _reply, done) => spanOf(request.raw).within(done))
      // Again, since a body arrives by itself.
      app.addHook('preValidation', (request, _reply, done) => spanOf(request.raw).within(done))
      app.addHook('onResponse', async (request, reply) => {
        const span = spanOf(request.raw)
        const { url: route } = request.routeOptions
        const { statusCode } = reply
        span.rename(route ? `${request.method} ${route}` : request.method)
        span.note({
          ...(route && { 'http.route': route }),
          'url.scheme': request.protocol,
          'http.response.status_code': statusCode,
          'lupa.request_id': String(reply.getHeader('x-request-id') ?? request.id),
        })
        if (statusCode >= 500) span.fail(problemOf(reply) ?? String(statusCode))
        span.end()
      })
    },
  }
}
