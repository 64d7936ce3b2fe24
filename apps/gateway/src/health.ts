import { setTimeout as sleep } from 'node:timers/promises'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { WorkerRegistry } from '@lupa/core/jobs/worker-registry'
import type { Logger } from '@lupa/core/runtime/logger'
import type { Breaker, BreakerReport, Breakers } from './breaker.ts'

/** Whether this process can do its work: what it depends on answers, and it is not stopping. */
export interface Health {
  version: string
  report(): Promise<{ status: 'ready' | 'not_ready' | 'stopping'; checks: Record<string, Check> }>
  /** Null when Redis cannot be asked. */
  liveWorkers(): Promise<number | null>
}

export interface Check {
  ok: boolean
  latencyMs: number
  error: string | null
  breaker: BreakerReport
}

const CHECK_TIMEOUT_MS = 1500

export function createHealth({
  jobQueue,
  jobStore,
  imageStore,
  registry,
  breakers,
  stopping,
  version,
  logger,
}: {
  jobQueue: JobQueue
  jobStore: JobStore
  imageStore: ImageStore
  registry: WorkerRegistry
  breakers: Breakers
  stopping: AbortSignal
  version: string
  logger: Logger
}): Health {
  const dependencies: Record<string, { breaker: Breaker; ask: () => Promise<unknown> }> = {
    redis: { breaker: breakers.redis, ask: () => jobQueue.depth() },
    job_store: { breaker: breakers.jobStore, ask: () => jobStore.check() },
    image_store: { breaker: breakers.imageStore, ask: () => imageStore.check() },
  }

  async function check(name: string, breaker: Breaker, ask: () => Promise<unknown>): Promise<Check> {
    const beganMs = performance.now()
    const error = await within(CHECK_TIMEOUT_MS, breaker.watch(ask)).then(
      () => null,
      (err: unknown) => {
        logger.warn({ err, dependency: name }, 'a dependency does not answer')
        return 'does not answer; the log says why'
      },
    )
    return { ok: error === null, latencyMs: performance.now() - beganMs, error, breaker: breaker.report() }
  }

  return {
    version,
    async report() {
      const names = Object.keys(dependencies)
      const results = await Promise.all(
        Object.entries(dependencies).map(([name, { breaker, ask }]) => check(name, breaker, ask)),
      )
      const checks = Object.fromEntries(results.map((result, index) => [names[index] as string, result]))
      if (stopping.aborted) return { status: 'stopping', checks }
      return { status: results.every(({ ok }) => ok) ? 'ready' : 'not_ready', checks }
    },
    async liveWorkers() {
      try {
        return (await within(CHECK_TIMEOUT_MS, registry.list())).length
      } catch {
        return null
      }
    },
  }
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const over = new AbortController()
  const late = sleep(timeoutMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`no answer within ${timeoutMs} ms`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    late.catch(() => {})
    over.abort()
  }
}
