import { LupaError } from '@lupa/core/domain/errors'
import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { WorkerRegistry } from '@lupa/core/jobs/worker-registry'
import { z } from 'zod'
import type { App } from '../app-type.ts'
import { problems } from '../plugins/openapi.ts'

const Queue = z
  .object({
    object: z.literal('queue'),
    waiting: z.int(),
    delayed: z.int().describe('Waiting for their next attempt.'),
    running: z.int(),
    oldest_waiting_seconds: z.number().nullable().describe('Null when none waits.'),
    workers: z.array(z.object({ name: z.string(), slots: z.int(), busy: z.int() })).describe('Those alive.'),
  })
  .meta({ id: 'Queue' })

export function getQueue(
  app: App,
  { jobQueue, registry }: { jobQueue: JobQueue; registry: WorkerRegistry },
): void {
  app.get(
    '/v1/queue',
    {
      schema: {
        operationId: 'getQueue',
        tags: ['queue'],
        summary: 'See the queue',
        description: 'How many jobs wait, for how long, and who works on them.',
        response: { 200: Queue, ...problems(401, 503) },
      },
    },
    async () => {
      const [depth, workers] = await Promise.all([jobQueue.depth(), registry.list()]).catch((cause) => {
        throw new LupaError('queue_unavailable', 'Redis did not answer.', { cause })
      })
      return {
        object: 'queue' as const,
        waiting: depth.waiting,
        delayed: depth.delayed,
        running: depth.running,
        oldest_waiting_seconds: depth.oldestWaitingMs === null ? null : depth.oldestWaitingMs / 1000,
        workers: workers.map(({ worker, slots, busy }) => ({ name: worker, slots, busy })),
      }
    },
  )
}
