import { LupaError } from '@lupa/core/domain/errors'
import type { Admission } from '@lupa/core/jobs/admission'
import type { DrainRate } from '@lupa/core/jobs/drain-rate'
import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { WorkerRegistry } from '@lupa/core/jobs/worker-registry'
import { z } from 'zod'
import type { App } from '../app-type.ts'
import type { GatewayConfig } from '../config.ts'
import { clientOf } from '../plugins/auth.ts'
import { problems } from '../plugins/openapi.ts'
import type { QueueOutlook } from '../queue-outlook.ts'

const Queue = z
  .object({
    object: z.literal('queue'),
    waiting: z.int(),
    delayed: z.int().describe('Waiting for their next attempt.'),
    running: z.int(),
    oldest_waiting_seconds: z.number().nullable().describe('Null when none waits.'),
    rate_per_second: z
      .number()
      .nullable()
      .describe('How fast jobs have ended while there was work in the last half minute; null: none did.'),
    eta_seconds: z
      .number()
      .nullable()
      .describe(
        'Until all that waits now has ended, at that rate. A new job of yours may have its turn before.',
      ),
    limit: z.int().describe('Places on the queue, for jobs that wait or run.'),
    taken: z.int().describe('Places taken.'),
    taken_by_you: z.int(),
    workers: z.array(z.object({ name: z.string(), slots: z.int(), busy: z.int() })).describe('Those alive.'),
  })
  .meta({ id: 'Queue' })

export interface QueueDeps {
  jobQueue: JobQueue
  admission: Admission
  drainRate: DrainRate
  outlook: QueueOutlook
  registry: WorkerRegistry
  config: Pick<GatewayConfig, 'limits'>
}

export function getQueue(app: App, deps: QueueDeps): void {
  app.get(
    '/v1/queue',
    {
      config: { scope: 'any' },
      schema: {
        operationId: 'getQueue',
        tags: ['queue'],
        summary: 'See the queue',
        description: 'How many jobs wait, for how long, how fast they end, and who works on them.',
        response: { 200: Queue, ...problems(401, 503) },
      },
    },
    async (request) => {
      const { jobQueue, admission, drainRate, outlook, registry, config } = deps
      const [depth, rate, taken, takenByYou, workers] = await Promise.all([
        jobQueue.depth(),
        drainRate.perSecond(),
        admission.taken(),
        admission.taken(clientOf(request)),
        registry.list(),
      ]).catch((cause) => {
        throw new LupaError('queue_unavailable', 'Redis did not answer.', { cause })
      })
      return {
        object: 'queue' as const,
        waiting: depth.waiting,
        delayed: depth.delayed,
        running: depth.running,
        oldest_waiting_seconds: depth.oldestWaitingMs === null ? null : depth.oldestWaitingMs / 1000,
        rate_per_second: rate === null ? null : Math.round(rate * 100) / 100,
        eta_seconds: await outlook.secondsToEnd(depth.waiting + depth.running),
        limit: config.limits.queue,
        taken,
        taken_by_you: takenByYou,
        workers: workers.map(({ worker, slots, busy }) => ({ name: worker, slots, busy })),
      }
    },
  )
}
