import { setTimeout as sleep } from 'node:timers/promises'
import { LupaError, toLupaError } from '@lupa/core/domain/errors'
import type { ModelState } from '@lupa/core/jobs/worker-registry'
import type { ModelPackage } from '@lupa/core/models/model-package'
import type { Logger } from '@lupa/core/runtime/logger'
import { isCrash } from './is-crash.ts'
import { fromErrorMessage, type Reply, type Request } from './messages.ts'
import { type ModelProcess, startModelProcess } from './model-process.ts'
import { createTaskLine } from './task-line.ts'

export interface ChildPoolOptions {
  slots: number
  /** Of each model, in each child. */
  threads: number
  /** From a child taking a request to its answer. */
  executionTimeoutMs: number
  modelsPerChild: number
  /** A child is replaced after so many requests, */
  jobsPerChild: number
  /** or when it keeps more memory than this. */
  childRssLimitBytes: number
  /** What children load before they take requests. */
  preload: readonly ModelPackage[]
  /** The program of the children. */
  entry: URL
  logger?: Pick<Logger, 'info' | 'warn'> | undefined
}

/** Child processes that run models, one request at a time each. */
export interface ChildPool {
  /** Resolves once every slot has a child that takes requests; rejects when none can be started. */
  readonly started: Promise<void>
  run: (request: PredictRequest, signal: AbortSignal) => Promise<Reply>
  status: () => ChildPoolStatus
  /** Ends every child, whatever it does. May be called twice. */
  close: () => Promise<void>
}

export type PredictRequest = Extract<Request, { type: 'predict' }>

export interface ChildPoolStatus {
  slots: number
  /** Children that run a request. */
  busy: number
  /** Requests that wait for a child. */
  waiting: number
  /** Whether any child takes requests. */
  ready: boolean
  /** Children that took the place of another one. */
  restarts: number
  models: ModelState[]
}

/** A model that took its process along so often while loading is not loaded again. */
const FATAL_LOADS = 2
/** If a child has not come up once by then, the settings or the installation are wrong. */
const STARTS_TO_GIVE_UP = 3
const START_TIMEOUT_MS = 60_000
const LONGEST_BACKOFF_MS = 5000

interface Task {
  request: PredictRequest
  signal: AbortSignal
  resolve: (reply: Reply) => void
  reject: (reason: unknown) => void
}

/**
 * Each slot is a loop that has one child at a time: start it and load the models, serve requests until
 * it dies or is worn, start the next. A worn child serves until its successor is warm.
 */
export function createChildPool(options: ChildPoolOptions): ChildPool {
  const { slots, executionTimeoutMs, preload, logger } = options
  const line = createTaskLine<Task, ModelProcess>(({ state }, { request }) =>
    state.loaded.has(request.model.digest),
  )
  const closing = new AbortController()
  const children = new Set<ModelProcess>()
  const serving = new Set<ModelProcess>()
  const known = new Map<string, ModelPackage>()
  const failures = new Map<string, { model: ModelPackage; detail: string; deaths: number }>()
  let busy = 0
  let starts = 0
  let everServed = false

  const { promise: started, resolve: allStarted, reject: noneStarted } = Promise.withResolvers<void>()
  // Whoever closes the pool before it has started need not listen.
  started.catch(() => {})
  let slotsToStart = slots
  const loops = Array.from({ length: slots }, () => runSlot())

  async function runSlot(): Promise<void> {
    let child = await startOne(preload)
    if (child && --slotsToStart === 0) allStarted()
    while (child) child = await serve(child)
  }

  /** Serves until another child is to take over, and resolves to that; to undefined when closing. */
  async function serve(child: ModelProcess): Promise<ModelProcess | undefined> {
    const next: { child?: ModelProcess | undefined; coming?: Promise<void> } = {}
    async function prepareNext(): Promise<void> {
      next.child = await startOne(preload)
      line.wake(child)
    }
    serving.add(child)
    while (!closing.signal.aborted && child.isAlive() && !next.child) {
      const task = await line.next(child)
      if (task) await execute(child, task)
      if (isWorn(child)) next.coming ??= prepareNext()
    }
    serving.delete(child)
    child.kill()
    await child.exited
    await next.coming
    return next.child ?? startOne(lastUsed(child))
  }

  /** For one that takes over from a dead child and is waited for; the rest is loaded when it is asked for. */
  function lastUsed({ state }: ModelProcess): ModelPackage[] {
    const model = known.get([...state.loaded].at(-1) ?? '') ?? preload[0]
    return model ? [model] : []
  }

  const isWorn = ({ state }: ModelProcess) =>
    state.jobs >= options.jobsPerChild || state.rssBytes > options.childRssLimitBytes

  async function execute(child: ModelProcess, { request, signal, resolve, reject }: Task): Promise<void> {
    busy++
    const deadlineMs = performance.now() + executionTimeoutMs
    try {
      if (!child.state.loaded.has(request.model.digest)) {
        await load(child, request.model, { timeoutMs: executionTimeoutMs, signal })
      }
      const reply = await child.ask(request, {
        timeoutMs: Math.max(1, deadlineMs - performance.now()),
        signal,
      })
      if ('error' in reply.result) throw fromErrorMessage(reply.result.error)
      resolve(reply)
    } catch (thrown) {
      reject(closing.signal.aborted ? stopping() : thrown)
    } finally {
      busy--
    }
  }

  /** Apart from predicting, so that a model that kills its process is not taken for an image that does. */
  async function load(
    child: ModelProcess,
    model: ModelPackage,
    limits: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<void> {
    known.set(model.digest, model)
    const before = failures.get(model.digest)
    if (before && before.deaths >= FATAL_LOADS) throw new LupaError('model_unavailable', before.detail)
    try {
      const reply = await child.ask({ type: 'load', model }, limits)
      if ('error' in reply.result) throw fromErrorMessage(reply.result.error)
      failures.delete(model.digest)
    } catch (thrown) {
      if (limits.signal?.aborted || closing.signal.aborted) throw thrown
      const error = toLupaError(thrown)
      const died = !child.isAlive()
      // Killed from outside while it loaded: the model is not to blame, and the next child loads it.
      if (died && !isCrash(error) && error.code !== 'out_of_memory') throw thrown
      const detail = died
        ? `Model ${model.name}@${model.version} cannot be loaded. ${error.message}`
        : error.message
      failures.set(model.digest, { model, detail, deaths: (before?.deaths ?? 0) + Number(died) })
      logger?.warn({ model: `${model.name}@${model.version}`, err: error.cause }, detail)
      throw new LupaError('model_unavailable', detail, { cause: thrown })
    }
  }

  /** A child with the models loaded, after as many tries as it takes; undefined when closing. */
  async function startOne(models: readonly ModelPackage[]): Promise<ModelProcess | undefined> {
    for (let tries = 1; ; tries++) {
      try {
        closing.signal.throwIfAborted()
        return await startWarm(models)
      } catch (thrown) {
        if (closing.signal.aborted) return undefined
        logger?.warn({ err: thrown, tries }, 'a child process could not be started')
        if (!everServed && tries >= STARTS_TO_GIVE_UP) noneStarted(thrown)
        await sleep(Math.min(100 * 2 ** (tries - 1), LONGEST_BACKOFF_MS), undefined, {
          signal: closing.signal,
        }).catch(() => {})
      }
    }
  }

  async function startWarm(models: readonly ModelPackage[]): Promise<ModelProcess> {
    const child = await startModelProcess({
      entry: options.entry,
      threads: options.threads,
      modelLimit: options.modelsPerChild,
      timeoutMs: START_TIMEOUT_MS,
      signal: closing.signal,
    })
    children.add(child)
    void child.exited.then((how) => onExit(child, how))
    for (const model of models) {
      if (failures.get(model.digest)?.deaths) continue
      await load(child, model, { timeoutMs: START_TIMEOUT_MS }).catch(() => {})
    }
    if (!child.isAlive())
      throw new Error(`The child process ended while it loaded models (${await child.exited}).`)
    starts++
    everServed = true
    return child
  }

  function onExit(child: ModelProcess, how: string): void {
    children.delete(child)
    line.wake(child)
    if (!closing.signal.aborted)
      logger?.info({ child: child.pid, how, jobs: child.state.jobs }, 'a child process ended')
  }

  let closed: Promise<void> | undefined
  async function closeOnce(): Promise<void> {
    closing.abort()
    for (const task of line.drain()) task.reject(stopping())
    for (const child of children) child.kill()
    await Promise.all([...loops, ...[...children].map((child) => child.exited)])
    noneStarted(stopping())
  }

  return {
    started,
    run(request, signal) {
      if (closing.signal.aborted) return Promise.reject(stopping())
      if (signal.aborted) return Promise.reject(signal.reason as Error)
      const { promise, resolve, reject } = Promise.withResolvers<Reply>()
      const task: Task = { request, signal, resolve, reject }
      const giveUp = () => {
        // One that runs already is ended by its child.
        if (line.remove(task)) reject(signal.reason)
      }
      signal.addEventListener('abort', giveUp)
      line.add(task)
      return promise.finally(() => signal.removeEventListener('abort', giveUp))
    },
    status: () => ({
      slots,
      busy,
      waiting: line.length,
      ready: serving.size > 0,
      restarts: Math.max(0, starts - slots),
      models: modelStates(children, known, failures),
    }),
    close: () => {
      closed ??= closeOnce()
      return closed
    },
  }
}

const stopping = () => new LupaError('service_stopping', 'The worker is stopping; another one takes the job.')

/** The models that some child has loaded, and those that could not be. */
function modelStates(
  children: ReadonlySet<ModelProcess>,
  known: ReadonlyMap<string, ModelPackage>,
  failures: ReadonlyMap<string, { model: ModelPackage; detail: string }>,
): ModelState[] {
  const loaded = new Set([...children].flatMap(({ state }) => [...state.loaded]))
  const states = new Map<string, ModelState>()
  for (const digest of loaded) {
    const model = known.get(digest)
    if (model) states.set(digest, { name: model.name, version: model.version, digest, failure: null })
  }
  for (const [digest, { model, detail }] of failures) {
    states.set(digest, { name: model.name, version: model.version, digest, failure: detail })
  }
  return [...states.values()]
}
