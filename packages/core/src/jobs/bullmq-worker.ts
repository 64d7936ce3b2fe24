import { setTimeout as sleep } from 'node:timers/promises'
import { type AdvancedOptions, type Job, Worker } from 'bullmq'
import type { Logger } from '../runtime/logger.ts'
import { consumerConnection, KEY_PREFIX, type RedisAddress } from './redis-connection.ts'

export interface BullmqWorkerOptions extends RedisAddress {
  /** Who has a job in hand, in BullMQ's own tools. */
  name: string
  concurrency: number
  logger: Logger
  /** The trace of what another worker died with, for the log. */
  traceIdOf?: ((id: string) => Promise<string | null | undefined>) | undefined
  /** A job of a worker that died starts elsewhere within these two together. */
  lockDurationMs?: number | undefined
  stalledIntervalMs?: number | undefined
}

/** The consuming side of a BullMQ queue: runs from the start until stopped. */
export interface BullmqWorker {
  /** Takes no more until `resume`, except what Redis has just given it; what is in hand goes on. */
  pause(): void
  resume(): void
  /** How many may be in hand at once, as soon as one of those in hand has ended. */
  setConcurrency(concurrency: number): void
  /** Takes no more, and resolves when what is in hand has ended. May be called again. */
  stop(): Promise<void>
}

/** How long Redis may take to be told that what was in hand has ended. */
const CLOSE_PATIENCE_MS = 3000

export function startBullmqWorker<Data>(
  queue: string,
  processJob: (job: Job<Data, void>, signal: AbortSignal) => Promise<void>,
  { name, concurrency, logger, ...options }: BullmqWorkerOptions,
  settings: AdvancedOptions = {},
): BullmqWorker {
  const stopping = new AbortController()
  const redis = consumerConnection({ ...options, logger, stopping: stopping.signal })
  const inHand = new Set<Promise<void>>()

  // BullMQ makes the signal only for a function that declares three parameters.
  async function processor(
    job: Job<Data, void>,
    _token: string | undefined,
    signal: AbortSignal | undefined,
  ) {
    const run = processJob(job, signal ?? new AbortController().signal)
    inHand.add(run)
    await run.finally(() => inHand.delete(run))
  }

  const worker = new Worker<Data, void>(queue, processor, {
    prefix: KEY_PREFIX,
    connection: redis,
    name,
    concurrency,
    lockDuration: options.lockDurationMs ?? 15_000,
    stalledInterval: options.stalledIntervalMs ?? 5000,
    // Past its limit BullMQ ends a job without calling anyone, and its record would never end. So the
    // limit is out of reach: whoever handles the job sees its attempts grow, and gives up on it.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    drainDelay: 5,
    // How soon to try again after Redis failed; BullMQ's own 15 s would outlast most outages.
    runRetryDelay: 1000,
    settings,
  })
  worker.on('error', (error) => {
    const level = redis.status === 'ready' ? 'warn' : 'debug'
    logger[level]({ err: error, queue }, 'The worker of a queue met an error')
  })
  worker.on('stalled', (id) => void tellLost(id))
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) worker.cancelJob(id, 'Another worker may have taken this over')
  })

  async function tellLost(id: string): Promise<void> {
    // Whatever the store answers, it is told.
    const trace_id = await options.traceIdOf?.(id).catch(() => undefined)
    logger.warn({ queue, id, trace_id }, 'Another worker died with this in hand; it starts again')
  }

  async function stop() {
    stopping.abort()
    // Closing takes no more, and waits: for what is in hand, which is right, and for Redis, which may be
    // away for long, go meanwhile, or never say that it heard.
    const closing = redis.status === 'ready' ? worker.close() : worker.pause(true)
    do {
      await Promise.allSettled(inHand)
      await within(CLOSE_PATIENCE_MS, closing)
    } while (inHand.size > 0)
    await within(CLOSE_PATIENCE_MS, worker.getBackend().close(true))
    await within(CLOSE_PATIENCE_MS, worker.close(true))
    redis.disconnect()
  }

  // One after the other, in the order of the calls.
  let turned = Promise.resolve()
  async function inTurn(before: Promise<void>, turn: () => Promise<void>): Promise<void> {
    await before
    try {
      if (!stopping.signal.aborted) await turn()
    } catch (error) {
      logger.warn({ err: error, queue }, 'The worker of a queue could not be paused or resumed')
    }
  }

  let stopped: Promise<void> | undefined
  return {
    pause: () => void (turned = inTurn(turned, () => worker.pause(true))),
    setConcurrency: (most) => void (worker.concurrency = most),
    resume: () => void (turned = inTurn(turned, () => worker.resume())),
    stop: () => (stopped ??= stop()),
  }
}

/** Waits for an end, however it ends, but not for ever. */
async function within(ms: number, ending: Promise<unknown>): Promise<void> {
  const patience = new AbortController()
  const settled = ending.then(
    () => {},
    () => {},
  )
  await Promise.race([settled, sleep(ms, undefined, { signal: patience.signal }).catch(() => {})])
  patience.abort()
}
