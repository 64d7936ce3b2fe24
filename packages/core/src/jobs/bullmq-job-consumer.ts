import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq'
import { LupaError } from '../domain/errors.ts'
import { JOBS_QUEUE, type JobLuggage } from './bullmq-job-queue.ts'
import { type BullmqWorker, type BullmqWorkerOptions, startBullmqWorker } from './bullmq-worker.ts'
import type { JobConsumer, JobHandler } from './job-consumer.ts'

export function createBullmqJobConsumer(options: BullmqWorkerOptions): JobConsumer {
  let worker: BullmqWorker | undefined
  let isPaused = false
  let { concurrency } = options
  return {
    start(handle) {
      if (worker) throw new Error('This consumer of jobs has been started already')
      worker = startBullmqWorker<JobLuggage>(JOBS_QUEUE, (job, signal) => attempt(job, signal, handle), {
        ...options,
        concurrency,
      })
      if (isPaused) worker.pause()
    },

    pause() {
      isPaused = true
      worker?.pause()
    },

    resume() {
      isPaused = false
      worker?.resume()
    },

    setConcurrency(jobs) {
      concurrency = jobs
      worker?.setConcurrency(jobs)
    },

    async stop() {
      await worker?.stop()
    },
  }
}

async function attempt(job: Job<JobLuggage>, signal: AbortSignal, handle: JobHandler): Promise<void> {
  const attemptsAllowed = job.opts.attempts ?? 1
  try {
    await handle(
      {
        id: job.id ?? '',
        attempt: job.attemptsStarted,
        failures: job.attemptsMade,
        losses: job.stalledCounter,
        isLastAttempt: job.attemptsMade + 1 >= attemptsAllowed,
        traceparent: job.data.traceparent,
      },
      signal,
    )
  } catch (error) {
    throw await giveBack(job, error)
  }
}

/** The error that tells BullMQ what became of the job; some of them it must be told of before. */
async function giveBack(job: Job<JobLuggage>, thrown: unknown): Promise<Error> {
  if (!(thrown instanceof LupaError)) return thrown instanceof Error ? thrown : new Error(String(thrown))
  switch (thrown.code) {
    case 'service_stopping':
      await job.moveToWait(job.token)
      return new WaitingError()
    case 'worker_not_ready':
    case 'store_unavailable':
    case 'queue_unavailable':
      await job.moveToDelayed(Date.now() + pauseMs(job.attemptsStarted), job.token)
      return new DelayedError()
    default:
      return thrown.retryable ? thrown : new UnrecoverableError(thrown.message)
  }
}

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 15_000

/** With jitter, so that a store that is back is not met by all at once. */
function pauseMs(beginnings: number): number {
  const wholeMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(beginnings - 1, 10), LONGEST_PAUSE_MS)
  return wholeMs * (0.5 + Math.random() / 2)
}
