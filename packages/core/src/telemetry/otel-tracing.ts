import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'
import { LupaError } from '../domain/errors.ts'
import { NO_SPAN, type OpenSpan, type SpanStart, type Tracing } from './tracing.ts'

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
}

interface Running {
  open: OpenSpan
  context: Context
  /** What was begun within it and outlives it (a subscription, a timer) is not part of it any more. */
  isOver: boolean
}

/** Asks no global of OpenTelemetry: other code's instrumentation neither sees nor changes it. */
export function createOtelTracing(tracer: Tracer): Tracing {
  const running = new AsyncLocalStorage<Running>()

  function parentOf({ kind, parent }: SpanStart): Context | undefined {
    const remote = parent ? parseTraceParent(parent) : null
    if (remote) return trace.setSpanContext(ROOT_CONTEXT, { ...remote, isRemote: true })
    const now = running.getStore()
    if (now && !now.isOver) return now.context
    return kind === 'server' || kind === 'consumer' ? ROOT_CONTEXT : undefined
  }

  function begin(start: SpanStart): OpenSpan {
    const parent = parentOf(start)
    if (!parent) return NO_SPAN
    const { name, kind, attributes = {} } = start
    const span = tracer.startSpan(name, { kind: KINDS[kind], attributes }, parent)
    const one: Running = { open: NO_SPAN, context: trace.setSpan(parent, span), isOver: false }
    one.open = {
      traceId: span.spanContext().traceId,
      traceparent: toTraceparent(span),
      within: (work) => running.run(one, work),
      rename: (to) => void span.updateName(to),
      note: (more) => void span.setAttributes(more),
      stage: (step, startTime, endMs) =>
        tracer.startSpan(step, { kind: SpanKind.INTERNAL, startTime }, one.context).end(endMs),
      fail(errorType) {
        span.setAttribute('error.type', errorType)
        span.setStatus({ code: SpanStatusCode.ERROR })
      },
      end() {
        one.isOver = true
        span.end()
      },
    }
    return one.open
  }

  return {
    isOn: true,
    begin,
    current() {
      const now = running.getStore()
      return now && !now.isOver ? now.open : NO_SPAN
    },
    async span(start, work) {
      const span = begin(start)
      try {
        return await span.within(() => work(span))
      } catch (thrown) {
        span.fail(errorTypeOf(thrown))
        throw thrown
      } finally {
        span.end()
      }
    },
  }
}

function toTraceparent(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}

function errorTypeOf(thrown: unknown): string {
  if (thrown instanceof LupaError) return thrown.code
  return thrown instanceof Error ? thrown.name : '_OTHER'
}
