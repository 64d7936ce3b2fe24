import { type Job, UnrecoverableError } from 'bullmq'
import { LupaError } from '../domain/errors.ts'
import { JOBS_QUEUE } from './bullmq-job-queue.ts'
import { type BullmqWorker, type BullmqWorkerOptions, startBullmqWorker } from './bullmq-worker.ts'
import type { JobConsumer, JobHandler } from './job-consumer.ts'

export function createBullmqJobConsumer(options: BullmqWorkerOptions): JobConsumer {
  let worker: BullmqWorker | undefined
  return {
    start(handle) {
      if (worker) throw new Error('This consumer of jobs has been started already')
      worker = startBullmqWorker(JOBS_QUEUE, (job, signal) => attempt(job, signal, handle), options)
    },

    async stop() {
      await worker?.stop()
    },
  }
}

async function attempt(job: Job, signal: AbortSignal, handle: JobHandler): Promise<void> {
  const attemptsAllowed = job.opts.attempts ?? 1
  try {
    await handle(
      {
        id: job.id ?? '',
        attempt: job.attemptsStarted,
        isLastAttempt: job.attemptsMade + 1 >= attemptsAllowed,
      },
      signal,
    )
  } catch (error) {
    throw toBullmqError(error)
  }
}

function toBullmqError(thrown: unknown): Error {
  if (thrown instanceof LupaError && !thrown.retryable) return new UnrecoverableError(thrown.message)
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
