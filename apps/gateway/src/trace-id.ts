import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** The trace that a W3C `traceparent` header names: https://www.w3.org/TR/trace-context/#traceparent-header */
export function readTraceId(traceparent: string | string[] | undefined): string | null {
  if (typeof traceparent !== 'string') return null
  const [, version, traceId] =
    /^([\da-f]{2})-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}(?:-.*)?$/.exec(traceparent) ?? []
  if (!traceId || version === 'ff' || /^0+$/.test(traceId)) return null
  return traceId
}

const TRACES = new WeakMap<object, string>()

/** The request is part of this trace, before anybody has asked. */
export function beginTrace(raw: object, traceId: string): void {
  TRACES.set(raw, traceId)
}

/** The trace of a request: its client's, else one that begins here. The same whenever it is asked for. */
export function traceIdOf(raw: { headers: IncomingHttpHeaders }): string {
  const known = TRACES.get(raw)
  if (known) return known
  const traceId = readTraceId(raw.headers['traceparent']) ?? randomUUID().replaceAll('-', '')
  TRACES.set(raw, traceId)
  return traceId
}
