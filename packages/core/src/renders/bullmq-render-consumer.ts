import { type Job, UnrecoverableError, WaitingError } from 'bullmq'
import type { Redis } from 'ioredis'
import { toLupaError } from '../domain/errors.ts'
import { type BullmqWorker, type BullmqWorkerOptions, startBullmqWorker } from '../jobs/bullmq-worker.ts'
import { placesOfRenders, RENDERS_QUEUE, renderId, toFailedReason } from './bullmq-render-queue.ts'
import { RenderOrder } from './render-order.ts'
import type { RenderConsumer, RenderHandler } from './render-queue.ts'

/** One at a time: there is all the time in the world for a picture, and none to take from a prediction. */
export function createBullmqRenderConsumer(
  options: Omit<BullmqWorkerOptions, 'concurrency'> & { redis: Redis },
): RenderConsumer {
  const { redis, logger } = options
  let worker: BullmqWorker | undefined

  async function giveBackPlace(order: RenderOrder): Promise<void> {
    const leave = placesOfRenders(order.client).map((places) => redis.zrem(places, renderId(order)))
    await Promise.all(leave).catch((err: unknown) =>
      logger.debug({ err }, 'a place of a render was not given back'),
    )
  }

  async function make(job: Job<RenderOrder>, signal: AbortSignal, handle: RenderHandler): Promise<void> {
    const order = RenderOrder.parse(job.data)
    try {
      await handle(order, job.stalledCounter, signal)
    } catch (thrown) {
      const error = toLupaError(thrown)
      if (error.code === 'service_stopping') {
        await job.moveToWait(job.token)
        throw new WaitingError()
      }
      logger.warn({ err: thrown, request_id: order.jobId, render: order.name }, 'a picture could not be made')
      const isLast = !error.retryable || job.attemptsMade + 1 >= (job.opts.attempts ?? 1)
      if (isLast) await giveBackPlace(order)
      throw isLast ? new UnrecoverableError(toFailedReason(error)) : new Error(toFailedReason(error))
    }
    await giveBackPlace(order)
  }

  return {
    start(handle) {
      if (worker) throw new Error('This consumer of renders has been started already')
      worker = startBullmqWorker<RenderOrder>(RENDERS_QUEUE, (job, signal) => make(job, signal, handle), {
        ...options,
        concurrency: 1,
      })
    },

    async stop() {
      await worker?.stop()
    },
  }
}
