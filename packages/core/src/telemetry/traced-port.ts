import type { Tracing } from './tracing.ts'

/** How a port is called in spans: `finish job_store`. */
export interface TracedAs {
  target: string
  /** https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/ */
  dbSystem?: string
}

type AsyncMethodOf<Port> = {
  [Name in keyof Port]: Port[Name] extends (...args: never[]) => Promise<unknown> ? Name : never
}[keyof Port] &
  string

/** The port, with a span for each call of the methods that are named. Itself, when nothing is traced. */
export function tracedPort<Port extends object>(
  port: Port,
  { target, dbSystem }: TracedAs,
  methods: readonly AsyncMethodOf<Port>[],
  tracing: Tracing,
): Port {
  if (!tracing.isOn) return port
  const traced = methods.map((name) => {
    const start = {
      name: `${name} ${target}`,
      kind: 'client' as const,
      attributes: dbSystem ? { 'db.system.name': dbSystem, 'db.operation.name': name } : {},
    }
    const call = port[name] as (...args: unknown[]) => Promise<unknown>
    return [name, (...args: unknown[]) => tracing.span(start, () => call.apply(port, args))]
  })
  return { ...port, ...Object.fromEntries(traced) }
}
