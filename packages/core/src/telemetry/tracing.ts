/**
 * Follows one picture through all processes that have to do with it: each step of it is a span, and spans of one
 * request are one trace. Names are those of OpenTelemetry's conventions, values never what a client sent.
 */
export interface Tracing {
  /** False: nothing is traced, and nothing need be wrapped for it. */
  readonly isOn: boolean
  /** A span that ends when it is told to. */
  begin(start: SpanStart): OpenSpan
  /** Runs work as a span. It fails when the work does, which then rejects as it would have. */
  span<T>(start: SpanStart, work: (span: OpenSpan) => Promise<T>): Promise<T>
  /** Of the work that asks. */
  current(): OpenSpan
}

export interface SpanStart {
  name: string
  /** Those that serve or consume may begin a trace. The others are only ever part of one. */
  kind: 'server' | 'client' | 'producer' | 'consumer' | 'internal'
  /** The `traceparent` of what it follows from, if that is not the span that runs now. */
  parent?: string | null | undefined
  attributes?: SpanAttributes | undefined
}

export type SpanAttributes = Record<string, string | number | boolean>

export interface OpenSpan {
  /** Null: nothing is traced here. */
  readonly traceId: string | null
  /** For whoever goes on with it: https://www.w3.org/TR/trace-context/#traceparent-header */
  readonly traceparent: string | null
  /** What begins within the work is part of this span. */
  within<T>(work: () => T): T
  rename(name: string): void
  note(attributes: SpanAttributes): void
  /** A step of it that is over, by the clock of the machine. */
  stage(name: string, startMs: number, endMs: number): void
  /** What kind of error it was; never its words, which may hold what is private. */
  fail(errorType: string): void
  end(): void
}

export const NO_SPAN: OpenSpan = {
  traceId: null,
  traceparent: null,
  within: (work) => work(),
  rename() {},
  note() {},
  stage() {},
  fail() {},
  end() {},
}

export const NO_TRACING: Tracing = {
  isOn: false,
  begin: () => NO_SPAN,
  span: (_start, work) => work(NO_SPAN),
  current: () => NO_SPAN,
}
