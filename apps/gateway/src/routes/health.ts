import { z } from 'zod'
import type { App } from '../app-type.ts'
import type { Check, Health } from '../health.ts'
import { isKnownClient } from '../plugins/auth.ts'

const Alive = z.object({ status: z.literal('alive') })

const Ready = z
  .object({ status: z.enum(['ready', 'not_ready', 'stopping']), failing: z.array(z.string()) })
  .meta({ id: 'Ready' })

const BreakerState = z
  .object({
    state: z
      .enum(['closed', 'open', 'half_open'])
      .describe(
        '`open`: it failed a moment ago, and submits are refused at once; `half_open`: one tries again.',
      ),
    since: z.string(),
    last_error: z
      .object({ code: z.string(), at: z.string() })
      .nullable()
      .describe('What failed last, whether or not it works again.'),
  })
  .meta({ id: 'Breaker' })

const HealthReport = z
  .object({
    status: z.enum(['ready', 'not_ready', 'stopping']),
    version: z.string().optional(),
    uptime_seconds: z.number().optional(),
    checks: z
      .record(
        z.string(),
        z.object({
          ok: z.boolean(),
          latency_ms: z.number(),
          error: z.string().nullable(),
          breaker: BreakerState,
        }),
      )
      .optional(),
    workers: z.int().nullable().optional().describe('Workers alive; null: Redis cannot be asked.'),
  })
  .meta({ id: 'Health' })

export function probes(app: App, { health }: { health: Health }): void {
  const tags = ['health']

  app.get(
    '/livez',
    {
      config: { scope: 'none' },
      schema: { operationId: 'livez', tags, summary: 'Whether the process lives', response: { 200: Alive } },
    },
    async () => ({ status: 'alive' as const }),
  )

  app.get(
    '/readyz',
    {
      config: { scope: 'none' },
      schema: {
        operationId: 'readyz',
        tags,
        summary: 'Whether requests should come here',
        response: { 200: Ready, 503: Ready },
      },
    },
    async (_request, reply) => {
      const { status, checks } = await health.report()
      const failing = Object.keys(checks).filter((name) => !checks[name]?.ok)
      return reply
        .code(status === 'ready' ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ status, failing })
    },
  )

  app.get(
    '/health',
    {
      config: { scope: 'optional' },
      schema: {
        operationId: 'health',
        tags,
        summary: 'How the service fares',
        description: 'The details are for those who may use the service.',
        response: { 200: HealthReport, 503: HealthReport },
      },
    },
    async (request, reply) => {
      const { status, checks } = await health.report()
      reply.code(status === 'ready' ? 200 : 503).header('cache-control', 'no-store')
      if (!isKnownClient(request)) return reply.send({ status })
      return reply.send({
        status,
        version: health.version,
        uptime_seconds: Math.round(process.uptime()),
        checks: Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, toWire(check)])),
        workers: await health.liveWorkers(),
      })
    },
  )
}

function toWire({ ok, latencyMs, error, breaker: { state, since, lastError } }: Check) {
  const breaker = {
    state,
    since: since.toISOString(),
    last_error: lastError && { code: lastError.code, at: lastError.at.toISOString() },
  }
  return { ok, latency_ms: Math.round(latencyMs * 10) / 10, error, breaker }
}
