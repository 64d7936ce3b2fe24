import { setPriority } from 'node:os'
import { LupaError } from '@lupa/core/domain/errors'
import type { Logger } from '@lupa/core/runtime/logger'
import { fromErrorMessage } from '../predictor/error-message.ts'
import { type ModelProcess, startModelProcess } from '../predictor/model-process.ts'
import type { RenderRequest } from './render-messages.ts'

/** Makes pictures, away from this process and from those that run models. */
export interface Renderer {
  /**
   * Rejects with `image_unreadable`, `image_too_many_pixels`, `image_not_found`, `execution_timeout`,
   * `worker_lost`, `out_of_memory` or `service_stopping`.
   */
  render(request: RenderRequest, signal: AbortSignal): Promise<Uint8Array>
  /** Gives up what is being made, and leaves no process behind. */
  close(): Promise<void>
}

export interface RendererOptions {
  maxImagePixels: number
  timeoutMs?: number
  /** A process without work ends after this long: its memory is of more use to others. */
  idleMs?: number
  /** After so many pictures its successor begins with fresh memory. */
  rendersPerChild?: number
  entry?: URL
  logger?: Pick<Logger, 'info' | 'warn'> | undefined
}

/** Models come first: the child has what they leave of the processor. */
const NICENESS = 10
const START_TIMEOUT_MS = 60_000

/** One child process, started when there is something to make, for one picture after another. */
export function createRenderer(options: RendererOptions): Renderer {
  const { maxImagePixels, timeoutMs = 30_000, idleMs = 60_000, rendersPerChild = 200, logger } = options
  const entry = options.entry ?? new URL('./render-child.ts', import.meta.url)
  const closing = new AbortController()
  let child: ModelProcess | undefined
  let made = 0
  let idle: NodeJS.Timeout | undefined
  let turn: Promise<unknown> = Promise.resolve()

  async function start(): Promise<ModelProcess> {
    const started = await startModelProcess({
      entry,
      threads: 1,
      maxImagePixels,
      timeoutMs: START_TIMEOUT_MS,
      signal: closing.signal,
    })
    made = 0
    try {
      setPriority(started.pid, NICENESS)
    } catch (err) {
      logger?.warn({ err, child: started.pid }, 'the process that makes pictures runs at the usual priority')
    }
    return started
  }

  async function end(): Promise<void> {
    clearTimeout(idle)
    const ending = child
    child = undefined
    ending?.kill()
    await ending?.exited
  }

  async function make(request: RenderRequest, signal: AbortSignal): Promise<Uint8Array> {
    clearTimeout(idle)
    if (closing.signal.aborted) throw stopping()
    signal.throwIfAborted()
    if (!child?.isAlive() || made >= rendersPerChild) {
      await end()
      child = await start()
    }
    try {
      made++
      const { result } = await child.ask(request, { timeoutMs, signal })
      if ('error' in result) throw fromErrorMessage(result.error)
      if (!('render' in result)) throw new Error('the child did not answer what it was asked')
      return result.render
    } catch (thrown) {
      if (closing.signal.aborted) throw stopping()
      throw thrown
    } finally {
      if (!closing.signal.aborted) idle = setTimeout(() => void end(), idleMs)
    }
  }

  return {
    render(request, signal) {
      const mine = turn.then(() => make(request, signal))
      turn = mine.catch(() => {})
      return mine
    },

    async close() {
      closing.abort(stopping())
      await end()
      await turn
      await end()
    },
  }
}

const stopping = () =>
  new LupaError('service_stopping', 'The worker is stopping; another one makes the picture.')
