import { hostname } from 'node:os'
import { MAX_IMAGE_PIXELS } from '@lupa/core/domain/image-limits'
import { integer, readSettings } from '@lupa/core/runtime/env'
import { coreCount, type SharedConfig, SharedSettings, toSharedConfig } from '@lupa/core/runtime/settings'
import { z } from 'zod'
import type { BatchChoice } from './inference/choose-batch.ts'

/** Every variable the worker reads. */
export const WorkerSettings = SharedSettings.extend({
  WORKER_ROLE: z
    .enum(['worker', 'housekeeping'])
    .default('worker')
    .describe(
      '`housekeeping` runs no model and takes no jobs: it does what must be done when no other worker runs.',
    ),
  WORKER_NAME: z
    .string()
    .optional()
    .describe('How this worker is called in jobs and logs; default: the host name and process id.'),
  WORKER_PORT: integer(0, 65_535)
    .default(0)
    .describe('Where the worker answers /livez, /readyz and /metrics; `0` is any free port.'),
  WORKERS: integer(1, 64).default(1).describe('Worker processes that `npm start` runs.'),
  WORKER_SLOTS: integer(1, 256)
    .optional()
    .describe(
      'Child processes per worker, each running one image at a time; default: the cores divided by `WORKERS`.',
    ),
  WORKER_THREADS: integer(1, 256)
    .optional()
    .describe('Threads of the model in each child; default: the cores divided by all slots.'),
  EXECUTION_TIMEOUT_SECONDS: integer(1, 900)
    .default(30)
    .describe('An attempt that takes longer is stopped and its child process replaced.'),
  JOB_LOCK_SECONDS: integer(2, 300)
    .default(15)
    .describe(
      'A job whose worker died starts elsewhere after this long and a third of it. A worker that is held up longer loses its jobs.',
    ),
  QUEUE_TTL_SECONDS: integer(10, 604_800)
    .default(86_400)
    .describe('A job that no worker has taken by then ends as `expired`.'),
  MODELS_PER_CHILD: integer(1, 64)
    .default(3)
    .describe('Models that a child process keeps loaded, the default model among them.'),
  MICRO_BATCH: z
    .union([z.literal('auto'), integer(1, 32)])
    .default('auto')
    .describe(
      'Images of one model that a child process computes at once, if so many wait and the model takes more than one; `auto` is up to 4 where measuring shows a gain, `1` is off.',
    ),
  SELF_TEST_SECONDS: integer(0, 86_400)
    .default(60)
    .describe(
      'How often each child process shows that its models still know their own pictures; `0` is never.',
    ),
  JOBS_PER_CHILD: integer(1, 1_000_000)
    .default(10_000)
    .describe('A child process is replaced after this many images, since native heaps fragment.'),
  RECONCILE_SECONDS: integer(1, 3600)
    .default(30)
    .describe('How often unfinished jobs are compared with the queue, and expired ones erased.'),
})

export interface WorkerConfig extends SharedConfig {
  role: 'worker' | 'housekeeping'
  name: string
  port: number
  slots: number
  threads: number
  maxImagePixels: number
  executionTimeoutMs: number
  jobLockMs: number
  queueTtlMs: number
  modelsPerChild: number
  jobsPerChild: number
  batch: BatchChoice
  selfTestEveryMs: number
  reconcileMs: number
}

export function readWorkerConfig(env: NodeJS.ProcessEnv = process.env): WorkerConfig {
  const settings = readSettings(WorkerSettings, env)
  const slots = settings.WORKER_SLOTS ?? Math.max(1, Math.floor(coreCount() / settings.WORKERS))
  const allSlots = slots * settings.WORKERS
  return {
    ...toSharedConfig(settings),
    role: settings.WORKER_ROLE,
    name: settings.WORKER_NAME ?? `${hostname()}-${process.pid}`,
    port: settings.WORKER_PORT,
    slots,
    threads: settings.WORKER_THREADS ?? Math.max(1, Math.floor(coreCount() / allSlots)),
    // A lower limit is for strangers' images, at the door: a model's own pictures may be larger.
    maxImagePixels: Math.max(settings.MAX_IMAGE_PIXELS, MAX_IMAGE_PIXELS),
    executionTimeoutMs: settings.EXECUTION_TIMEOUT_SECONDS * 1000,
    jobLockMs: settings.JOB_LOCK_SECONDS * 1000,
    queueTtlMs: settings.QUEUE_TTL_SECONDS * 1000,
    modelsPerChild: settings.MODELS_PER_CHILD,
    jobsPerChild: settings.JOBS_PER_CHILD,
    batch: toBatchChoice(settings.MICRO_BATCH),
    selfTestEveryMs: settings.SELF_TEST_SECONDS * 1000,
    reconcileMs: settings.RECONCILE_SECONDS * 1000,
  }
}

/** More gained nothing further when it was measured: docs/performance.md. */
const AUTO_BATCH = 4

function toBatchChoice(setting: 'auto' | number): BatchChoice {
  return setting === 'auto' ? { atMost: AUTO_BATCH, measure: true } : { atMost: setting, measure: false }
}
