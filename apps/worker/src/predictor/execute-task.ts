import type { Params } from '@lupa/core/domain/params'
import type { ModelPackage } from '@lupa/core/models/model-package'
import type { ExpectedImage } from '../inference/decode-image.ts'
import type { ImageSource } from '../inference/image-source.ts'
import type { PredictOutcome } from '../inference/predict-outcome.ts'
import { fromErrorMessage } from './error-message.ts'
import type { Answer } from './messages.ts'
import type { ModelProcess } from './model-process.ts'
import type { TaskLine } from './task-line.ts'
import { whenAllAborted } from './when-all-aborted.ts'

export interface Work {
  image: ImageSource
  /** What its header was found to say, if anybody looked: that need not be done again. */
  expected?: ExpectedImage | undefined
  model: ModelPackage
  params: Params
  /** Of whoever asks, for the log. */
  traceId?: string | null | undefined
}

/** Work that somebody waits for. */
export interface Task {
  work: Work
  signal: AbortSignal
  /** It was with others in a child that ended: it may be the one to blame. */
  isSuspect?: boolean
  resolve: (outcome: PredictOutcome) => void
  reject: (reason: unknown) => void
}

export interface ExecuteTaskOptions {
  /** From a child taking a request to its answer. */
  executionTimeoutMs: number
  line: TaskLine<Task, ModelProcess>
  /** How many images the model of a digest computes at once. */
  batchSizes: ReadonlyMap<string, number>
  /** Its reason is what is told of tasks that are given up. */
  closing: AbortSignal
}

/**
 * Has a child do a task, together with others that wait for the same model, as many as it computes at once.
 * Resolves to how many it answered; what became of each is told to whoever waits for it.
 */
export type ExecuteTask = (child: ModelProcess, task: Task) => Promise<number>

export function createExecuteTask(options: ExecuteTaskOptions): ExecuteTask {
  const { executionTimeoutMs: timeoutMs, line, batchSizes, closing } = options

  function withAlike(task: Task): [Task, ...Task[]] {
    const { digest, name, version } = task.work.model
    const most = task.isSuspect ? 1 : (batchSizes.get(digest) ?? 1)
    const isAlike = ({ work: { model }, isSuspect }: Task) =>
      !isSuspect && model.digest === digest && model.name === name && model.version === version
    return [task, ...(most > 1 ? line.take(isAlike, most - 1) : [])]
  }

  async function ask(child: ModelProcess, tasks: readonly [Task, ...Task[]]): Promise<Answer[]> {
    using nobodyAsks = whenAllAborted(tasks.map(({ signal }) => signal))
    const items = tasks.map(({ work: { image, params, expected } }) => ({ image, params, expected }))
    const { model } = tasks[0].work
    const { result } = await child.ask(
      { type: 'predict', model, items },
      {
        timeoutMs,
        signal: nobodyAsks.signal,
        traceIds: tasks.flatMap(({ work: { traceId } }) => traceId ?? []),
      },
    )
    if ('error' in result) throw fromErrorMessage(result.error)
    if (!('answers' in result)) throw new Error('the child did not answer what it was asked')
    return result.answers
  }

  function tryAlone(task: Task): void {
    if (!task.signal.aborted) line.add({ ...task, isSuspect: true }, 'first')
  }

  return async function executeTask(child, task) {
    const tasks = withAlike(task)
    try {
      const answers = await ask(child, tasks)
      tasks.forEach((each, at) => settle(each, answers[at]))
      return tasks.length
    } catch (thrown) {
      if (closing.aborted) for (const { reject } of tasks) reject(closing.reason)
      else if (tasks.length === 1) task.reject(thrown)
      // So the one to blame is found, and the others are answered.
      else for (const each of tasks.toReversed()) tryAlone(each)
      return 0
    }
  }
}

function settle({ resolve, reject }: Task, answer: Answer | undefined): void {
  if (!answer) reject(new Error('the child left an image unanswered'))
  else if ('error' in answer) reject(fromErrorMessage(answer.error))
  else resolve(answer.outcome)
}
