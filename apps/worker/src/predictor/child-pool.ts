import { setTimeout as sleep } from 'node:timers/promises'
import { LupaError } from '@lupa/core/domain/errors'
import type { ModelState } from '@lupa/core/jobs/worker-registry'
import type { ModelPackage } from '@lupa/core/models/model-package'
import type { Logger } from '@lupa/core/runtime/logger'
import type { BatchChoice } from '../inference/choose-batch.ts'
import type { PredictOutcome } from '../inference/predict-outcome.ts'
import { createExecuteTask, type Task, type Work } from './execute-task.ts'
import { createFailedLoads } from './failed-loads.ts'
import type { ModelProcess } from './model-process.ts'
import type { Places } from './places.ts'
import { createSelfTestLog, type SelfTestCount } from './self-test-log.ts'
import { createSelfTestRota, type SelfTestRota } from './self-test-rota.ts'
import { createStartWarmChild } from './start-warm-child.ts'
import { nextSwap, type Slot, type Swap } from './swaps.ts'
import { createTaskLine } from './task-line.ts'
import { createTestChild } from './test-child.ts'

export interface ChildPoolOptions {
  slots: number
  /** Of each model, in each child. */
  threads: number
  /** Larger images are refused. */
  maxImagePixels: number
  /** From a child taking a request to its answer. */
  executionTimeoutMs: number
  /** For a child to load one model. */
  loadTimeoutMs: number
  /** How long a model that could not be loaded is left alone; doubled each time it fails again. */
  failedLoadRestMs: number
  /** Requests that may wait for a model that no child has; more are turned away with `worker_not_ready`. */
  waitingForLoadLimit: number
  modelsPerChild: number
  /** A child is replaced after so many requests, */
  jobsPerChild: number
  /** or when it keeps more memory than this. */
  childRssLimitBytes: number
  batch: BatchChoice
  /** How often each child's models are tested with their own pictures; 0: never. */
  selfTestEveryMs: number
  /** What children load before they take requests, as far as there are places; the first stays loaded. */
  preload: readonly ModelPackage[]
  /** The program of the children. */
  entry: URL
  /** Told how many images all children together may compute at once, when that changes. */
  onCapacity?: ((images: number) => void) | undefined
  /** Told when no child can be started that answers rightly, and when there is one again. */
  onTrouble?: ((isInTrouble: boolean) => void) | undefined
  logger?: Pick<Logger, 'info' | 'warn' | 'error'> | undefined
}

/** Child processes that run models: each one image at a time, or several of one model where that is faster. */
export interface ChildPool {
  /** Resolves once every slot has a child that takes requests; rejects when none can be started. */
  readonly started: Promise<void>
  run: (work: Work, signal: AbortSignal) => Promise<PredictOutcome>
  /** Loads a model ahead of the first request for it, some time soon. Does nothing if that was done. */
  prepare: (model: ModelPackage) => void
  /** The model that stays loaded from now on, in place of the one before. */
  pin: (model: ModelPackage) => void
  status: () => ChildPoolStatus
  /** Ends every child, whatever it does. May be called twice. */
  close: () => Promise<void>
}

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
  selfTests: SelfTestCount[]
  /** Of all children together, as they last said: memory of those there are, processor time of all there were. */
  children: { rssBytes: number; cpuSeconds: number }
}

/** If a child has not come up once by then, something is wrong that does not mend itself. */
const TRIES_TO_GIVE_UP = 3
const LONGEST_BACKOFF_MS = 5000

/**
 * Each slot is a loop that has one child at a time: start it and load the models, serve requests until
 * it dies or a successor is ready, go on with the next. A successor is made ready beside the child that
 * serves, for one slot at a time: when the child is worn, or should have a model that it has not. So no
 * request waits for a model but those that ask for it, and there is one child more than slots at most.
 */
export function createChildPool(options: ChildPoolOptions): ChildPool {
  const { modelsPerChild, logger } = options
  const preload = options.preload.slice(0, modelsPerChild)
  const closing = new AbortController()
  const children = new Set<ModelProcess>()
  const failedLoads = createFailedLoads({ restMs: options.failedLoadRestMs })
  const selfTests = createSelfTestLog()
  const batchSizes = new Map<string, number>()
  const startWarmChild = createStartWarmChild({
    ...options,
    failedLoads,
    selfTests,
    batchSizes,
    signal: closing.signal,
    onStart: onChildStart,
  })
  const line = createTaskLine<Task, ModelProcess>(({ state }, { work }) =>
    state.loaded.has(work.model.digest),
  )
  const executeTask = createExecuteTask({ ...options, line, batchSizes, closing: closing.signal })
  const testChild = createTestChild({ ...options, selfTests })
  const known = new Map(preload.map((model) => [model.digest, model]))
  const usedAtMs = new Map<string, number>()
  const prepared = new Map<string, ModelPackage>()
  const places: Places = {
    count: modelsPerChild,
    pinned: preload[0]?.digest,
    usedAtMs: (digest) => usedAtMs.get(digest) ?? 0,
  }
  let busy = 0
  let served = 0
  let cpuSecondsOfEnded = 0
  let capacity = options.slots
  let isInTrouble = false

  const { promise: started, resolve: allStarted, reject: noneStarted } = Promise.withResolvers<void>()
  // Whoever closes the pool before it has started need not listen.
  started.catch(() => {})
  const slots = Array.from({ length: options.slots }, (): Slot => ({ models: preload }))
  let slotsToStart = slots.length
  let endPause: (() => void) | undefined
  const wakeSwaps = () => endPause?.()

  const serving = () => slots.flatMap(({ child }) => child ?? [])
  const isLoaded = ({ digest }: ModelPackage) => serving().some(({ state }) => state.loaded.has(digest))
  const isTried = (model: ModelPackage) => failedLoads.reason(model) === undefined
  const isWorn = ({ state }: ModelProcess) =>
    state.jobs > 0 && (state.jobs >= options.jobsPerChild || state.rssBytes > options.childRssLimitBytes)
  const backOff = (tries: number) =>
    sleep(Math.min(100 * 2 ** (tries - 1), LONGEST_BACKOFF_MS), undefined, { signal: closing.signal }).catch(
      () => {},
    )

  const loops = [...slots.map(runSlot), runSwaps()]

  async function runSlot(slot: Slot): Promise<void> {
    let child = await startOne(slot.models)
    if (child && --slotsToStart === 0) allStarted()
    while (child) child = await serve(slot, child)
  }

  /** Serves until another child is to take over, and resolves to that; to undefined when closing. */
  async function serve(slot: Slot, child: ModelProcess): Promise<ModelProcess | undefined> {
    slot.child = child
    served++
    tellCapacity()
    tellTrouble(false)
    const rota = createSelfTestRota(child.state.loaded, options.selfTestEveryMs)
    while (!closing.signal.aborted && child.isAlive() && !slot.successor) {
      wakeSwaps()
      const task = await nextTask(child, rota)
      if (task) await run(child, task, rota)
      await selfTest(child, rota)
    }
    slot.child = undefined
    child.kill()
    if (!slot.successor) await slot.swapping?.catch(() => {})
    const next = slot.successor
    slot.successor = undefined
    if (next?.isAlive()) return next
    await child.exited
    return startOne(neededFirst(slot))
  }

  /** For a child that takes over from a dead one and is waited for; the others come with its successor. */
  function neededFirst({ models }: Slot): ModelPackage[] {
    const isHad = ({ digest }: ModelPackage) => models.some((model) => model.digest === digest)
    const asked = line.find(({ work }) => isHad(work.model))?.work.model
    const [usedLast] = models.toSorted((a, b) => places.usedAtMs(b.digest) - places.usedAtMs(a.digest))
    const needed = asked ?? usedLast
    return needed ? [needed] : []
  }

  /** Undefined when the child is woken: by its end, by a successor, or because a self-test is due. */
  async function nextTask(child: ModelProcess, rota: SelfTestRota): Promise<Task | undefined> {
    const untilDueMs = rota.msUntilDue()
    const bell = Number.isFinite(untilDueMs)
      ? setTimeout(() => line.wake(child), Math.max(0, untilDueMs))
      : undefined
    try {
      return await line.next(child)
    } finally {
      clearTimeout(bell)
    }
  }

  async function run(child: ModelProcess, task: Task, rota: SelfTestRota): Promise<void> {
    busy++
    const answers = await executeTask(child, task)
    busy--
    rota.answered(task.work.model.digest, answers)
  }

  /** One image at most, between requests. */
  async function selfTest(child: ModelProcess, rota: SelfTestRota): Promise<void> {
    const model = known.get(rota.due() ?? '')
    if (!model || !child.isAlive() || closing.signal.aborted) return
    await testChild(child, model, rota.answersSince(model.digest))
    rota.tested(model.digest)
  }

  /** One at a time: there is memory for one more child. */
  async function runSwaps(): Promise<void> {
    let failures = 0
    while (!closing.signal.aborted) {
      const swap = nextSwap(slots, { places, wanted: wanted(), isTried, isWorn, nowMs: performance.now() })
      if (!swap) {
        await new Promise<void>((end) => (endPause = end))
        continue
      }
      try {
        await makeSwap(swap)
        failures = 0
      } catch (thrown) {
        if (!closing.signal.aborted) await onFailedSwap(swap, thrown, ++failures)
      }
    }
  }

  /** Resolves when the successor has taken over, once what the old child had in hand has ended. */
  async function makeSwap({ slot, models, needed }: Swap): Promise<void> {
    const old = slot.child
    async function prepareSuccessor(): Promise<void> {
      slot.successor = await startWarmChild(models, needed)
      slot.models = models
    }
    try {
      slot.swapping = prepareSuccessor()
      await slot.swapping
    } finally {
      slot.swapping = undefined
    }
    if (old) line.wake(old)
    await old?.exited
  }

  /** The old child serves on; whoever waits for the model is told when there is no hope. */
  async function onFailedSwap({ needed }: Swap, thrown: unknown, failures: number): Promise<void> {
    const reason = needed && failedLoads.reason(needed)
    if (needed && reason) return turnAway(needed, reason)
    logger?.warn({ err: thrown }, 'a child process could not be started')
    if (needed && failures >= TRIES_TO_GIVE_UP) turnAway(needed, whyNot(thrown))
    await backOff(failures)
  }

  /** The model that requests wait for, or that is to be ready for them, and that no child has. */
  function wanted(): ModelPackage | undefined {
    for (const model of prepared.values()) {
      if (isLoaded(model) || !isTried(model)) prepared.delete(model.digest)
    }
    const asked = line.find(({ work }) => !isLoaded(work.model))?.work.model
    return asked ?? prepared.values().next().value
  }

  /** A child with the models loaded, those that can be, after as many tries as it takes; undefined when closing. */
  async function startOne(models: readonly ModelPackage[]): Promise<ModelProcess | undefined> {
    for (let tries = 1; !closing.signal.aborted; tries++) {
      try {
        return await startWarmChild(models)
      } catch (thrown) {
        if (closing.signal.aborted) return undefined
        logger?.warn({ err: thrown, tries }, 'a child process could not be started')
        if (served === 0 && tries >= TRIES_TO_GIVE_UP) noneStarted(thrown)
        if (served > 0 && serving().length === 0) tellTrouble(true)
        await backOff(tries)
      }
    }
    return undefined
  }

  /** Those that wait for a model that cannot be loaded; other children may have it all the same. */
  function turnAway(model: ModelPackage, reason: string): void {
    prepared.delete(model.digest)
    if (isLoaded(model)) return
    for (const task of line.take(({ work }) => work.model.digest === model.digest)) {
      task.reject(new LupaError('model_unavailable', reason))
    }
  }

  function tellCapacity(): void {
    const loaded = serving().flatMap(({ state }) => [...state.loaded])
    const images = slots.length * Math.max(1, ...loaded.map((digest) => batchSizes.get(digest) ?? 1))
    if (images === capacity) return
    capacity = images
    options.onCapacity?.(images)
  }

  function tellTrouble(isNow: boolean): void {
    if (isNow) for (const task of line.take(() => true)) task.reject(notReady())
    if (isNow === isInTrouble) return
    isInTrouble = isNow
    options.onTrouble?.(isNow)
  }

  function onChildStart(child: ModelProcess): void {
    children.add(child)
    void child.exited.then((how) => {
      children.delete(child)
      cpuSecondsOfEnded += child.state.cpuSeconds
      line.wake(child)
      if (!closing.signal.aborted)
        logger?.info({ child: child.pid, how, jobs: child.state.jobs }, 'a child process ended')
    })
  }

  let closed: Promise<void> | undefined
  async function closeOnce(): Promise<void> {
    closing.abort(stopping())
    wakeSwaps()
    for (const task of line.take(() => true)) task.reject(stopping())
    for (const child of children) child.kill()
    await Promise.all([...loops, ...[...children].map((child) => child.exited)])
    noneStarted(stopping())
  }

  /** Why a request is not taken; undefined: it is. */
  function refusal({ model }: Work): LupaError | undefined {
    if (closing.signal.aborted) return stopping()
    if (isInTrouble) return notReady()
    if (isLoaded(model) || serving().length === 0) return undefined
    const reason = failedLoads.reason(model)
    if (reason) return new LupaError('model_unavailable', reason)
    const waiting = line.count((task) => !isLoaded(task.work.model))
    return waiting < options.waitingForLoadLimit ? undefined : beingLoaded(model)
  }

  function noteUse(model: ModelPackage): void {
    known.set(model.digest, model)
    usedAtMs.set(model.digest, performance.now())
  }

  function prepare(model: ModelPackage): void {
    noteUse(model)
    if (!isLoaded(model)) prepared.set(model.digest, model)
    wakeSwaps()
  }

  return {
    started,
    run(work, signal) {
      if (signal.aborted) return Promise.reject(signal.reason as Error)
      const refused = refusal(work)
      if (refused) {
        if (refused.code === 'worker_not_ready' && !isInTrouble) prepare(work.model)
        return Promise.reject(refused)
      }
      noteUse(work.model)
      const { promise, resolve, reject } = Promise.withResolvers<PredictOutcome>()
      const task: Task = { work, signal, resolve, reject }
      const giveUp = () => {
        line.take((other) => other.resolve === resolve)
        reject(signal.reason)
      }
      signal.addEventListener('abort', giveUp)
      line.add(task)
      wakeSwaps()
      return promise.finally(() => signal.removeEventListener('abort', giveUp))
    },
    prepare,
    pin: ({ digest }) => void (places.pinned = digest),
    status: () => ({
      slots: slots.length,
      busy,
      waiting: line.length,
      ready: serving().length > 0,
      restarts: Math.max(0, served - slots.length),
      models: modelStates(),
      selfTests: selfTests.counts(),
      children: usage(),
    }),
    close: () => (closed ??= closeOnce()),
  }

  function usage(): ChildPoolStatus['children'] {
    const states = [...children].map(({ state }) => state)
    return {
      rssBytes: states.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
      cpuSeconds: states.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, cpuSecondsOfEnded),
    }
  }

  /** The models that some child has loaded, and those that could not be. */
  function modelStates(): ModelState[] {
    const loaded = new Set(serving().flatMap(({ state }) => [...state.loaded]))
    const states = [...loaded].flatMap((digest) => known.get(digest) ?? [])
    return [
      ...states.map(({ name, version, digest }) => ({ name, version, digest, failure: null })),
      ...failedLoads.states().filter(({ digest }) => !loaded.has(digest)),
    ]
  }
}

const stopping = () => new LupaError('service_stopping', 'The worker is stopping; another one takes the job.')

const notReady = () =>
  new LupaError('worker_not_ready', 'No process of this worker runs models right; another one takes the job.')

const beingLoaded = ({ name, version }: ModelPackage) =>
  new LupaError('worker_not_ready', `Model ${name}@${version} is being loaded; the job comes again.`)

const whyNot = (thrown: unknown) =>
  `The model cannot be loaded now: ${thrown instanceof Error ? thrown.message : String(thrown)}`
