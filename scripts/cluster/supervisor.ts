import { once } from 'node:events'
import type { StopSignals } from './stop-signals.ts'
import { type ChildSpec, type SupervisedChild, superviseChild } from './supervised-child.ts'

export interface SuperviseOptions extends StopSignals {
  /** How long a stage may take to finish its work once it is told to stop. */
  drainMs: number
  say: (text: string) => void
  /** Told once, when every stage is ready. */
  onReady?: () => void
}

/**
 * Starts the stages one after another, each when all before it are ready; keeps every child alive;
 * and, once `stopping` is aborted, ends the stages in reverse order. Resolves when nothing is left
 * running; rejects, with nothing left running either, when a child cannot be kept alive.
 */
export async function supervise(stages: ChildSpec[][], options: SuperviseOptions): Promise<void> {
  const { stopping, say, onReady } = options
  const running: SupervisedChild[][] = []
  const leaving = new AbortController()
  const notWaiting = AbortSignal.any([stopping, leaving.signal])
  const told = stopping.aborted ? undefined : once(stopping, 'abort')
  const lost = Promise.withResolvers<never>()
  lost.promise.catch(() => {})
  try {
    for (const stage of stages) {
      if (stopping.aborted) return
      const children = stage.map((spec) => superviseChild(spec, say))
      running.push(children)
      for (const child of children) child.kept.catch(lost.reject)
      const ready = Promise.all(stage.map(async (spec) => spec.ready?.(notWaiting)))
      await Promise.race([ready, lost.promise, told])
    }
    if (!stopping.aborted) onReady?.()
    await Promise.race([lost.promise, told])
  } finally {
    leaving.abort()
    for (const children of running.toReversed()) {
      await Promise.all(children.map((child) => child.stop(options)))
    }
  }
}
