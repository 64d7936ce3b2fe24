import { LupaError, toLupaError } from '@lupa/core/domain/errors'
import type { ModelPackage } from '@lupa/core/models/model-package'
import type { Logger } from '@lupa/core/runtime/logger'
import type { BatchChoice } from '../inference/choose-batch.ts'
import { fromErrorMessage } from './error-message.ts'
import type { FailedLoads } from './failed-loads.ts'
import { isCrash } from './is-crash.ts'
import { type ModelProcess, startModelProcess } from './model-process.ts'
import type { SelfTestLog } from './self-test-log.ts'

const START_TIMEOUT_MS = 60_000

export interface WarmChildOptions {
  /** The program of the children. */
  entry: URL
  /** Of each model. */
  threads: number
  maxImagePixels: number
  /** For each model. */
  loadTimeoutMs: number
  batch: BatchChoice
  failedLoads: FailedLoads
  selfTests: SelfTestLog
  /** How many images the model of a digest computes at once: what the first child has found holds for all. */
  batchSizes: Map<string, number>
  /** Told of each process as soon as there is one. */
  onStart: (child: ModelProcess) => void
  signal: AbortSignal
  logger?: Pick<Logger, 'warn'> | undefined
}

/**
 * Resolves to a new child process with the models loaded, those that can be, each tested with its own
 * pictures. Rejects, and leaves no process behind, when it does not come up, when a model that was fine
 * before is not in it, or when `needed` could not be loaded: then `failedLoads` has the reason.
 */
export type StartWarmChild = (models: readonly ModelPackage[], needed?: ModelPackage) => Promise<ModelProcess>

export function createStartWarmChild(options: WarmChildOptions): StartWarmChild {
  const { loadTimeoutMs, failedLoads, selfTests, batchSizes, signal, logger } = options
  /** Digests of the models that were loaded once and knew their pictures. */
  const fineBefore = new Set<string>()

  /** Rejects when that is the fault of the process; what is the model's own is noted. */
  async function load(child: ModelProcess, model: ModelPackage): Promise<void> {
    const { digest, name, version } = model
    try {
      const known = batchSizes.get(digest)
      const batch = known ? { atMost: known, measure: false } : options.batch
      const { result } = await child.ask({ type: 'load', model, batch }, { timeoutMs: loadTimeoutMs })
      if ('error' in result) throw fromErrorMessage(result.error)
      if (!('batch' in result)) throw new Error('the child did not answer what it was asked')
      assertNoFault(model, result.fault)
      batchSizes.set(digest, result.batch)
      failedLoads.forget(model)
      fineBefore.add(digest)
    } catch (thrown) {
      if (signal.aborted) throw thrown
      const error = toLupaError(thrown)
      const died = !child.isAlive()
      // Killed from outside: the model is not to blame.
      if (died && !isCrash(error) && error.code !== 'out_of_memory') throw thrown
      // The file is the same by its digest, so it is this machine that lacks memory, or cannot compute.
      if (!died && fineBefore.has(digest) && isOfMachine(error)) throw thrown
      const detail = died ? `Model ${name}@${version} cannot be loaded. ${error.message}` : error.message
      failedLoads.note(model, detail, { died })
      logger?.warn({ model: `${name}@${version}`, err: error.cause }, detail)
    }
  }

  function assertNoFault(model: ModelPackage, fault: string | null): void {
    selfTests.note(model, fault)
    if (fault !== null) throw new SelfTestError(fault)
  }

  function onWords(line: string, pid: number, traceIds: readonly string[]): void {
    const trace_id = traceIds.join() || undefined
    logger?.warn({ child: pid, trace_id, line }, 'a child process wrote to its standard error')
  }

  return async function startWarmChild(models, needed) {
    signal.throwIfAborted()
    const { entry, threads, maxImagePixels } = options
    const timeoutMs = START_TIMEOUT_MS
    const child = await startModelProcess({ entry, threads, maxImagePixels, timeoutMs, signal, onWords })
    options.onStart(child)
    try {
      for (const model of needed ? [needed, ...models.filter((other) => other !== needed)] : models) {
        if (failedLoads.reason(model) === undefined) await load(child, model)
        if (!child.isAlive())
          throw new Error(`The child process ended while it loaded models (${await child.exited}).`)
        if (model === needed && !child.state.loaded.has(model.digest))
          throw new Error('The model that the child process was started for could not be loaded.')
      }
      return child
    } catch (thrown) {
      child.kill()
      await child.exited
      throw thrown
    }
  }
}

/** A model is wrong about its own pictures. */
class SelfTestError extends LupaError {
  constructor(fault: string) {
    super('model_unavailable', fault)
  }
}

const isOfMachine = (error: LupaError) => error instanceof SelfTestError || error.code === 'out_of_memory'
