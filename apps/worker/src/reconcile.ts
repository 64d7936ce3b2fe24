import type { Lease } from '@lupa/core/jobs/lease'
import type { Logger } from '@lupa/core/runtime/logger'

/**
 * One thing to put right. `keepLease` is asked before each page of work: it rejects once another process
 * has taken over, which then begins from the start. So every step is safe to stop anywhere, and to repeat.
 */
export interface ReconcileStep {
  name: string
  run(keepLease: () => Promise<void>): Promise<void>
}

export interface ReconcileDeps {
  steps: readonly ReconcileStep[]
  lease: Lease
  logger: Logger
}

/**
 * Makes everything agree with the record, in one process at a time. When that process dies, its lease
 * ends and the next one that asks takes over. A step that fails does not keep the others from their work.
 */
export function createReconcile({ steps, lease, logger }: ReconcileDeps) {
  async function keepLease(): Promise<void> {
    if (!(await lease.tryHold())) throw new LeaseLost()
  }

  return async function reconcile(): Promise<void> {
    for (const step of steps) {
      if (!(await lease.tryHold())) return
      try {
        await step.run(keepLease)
      } catch (err) {
        if (err instanceof LeaseLost) return
        logger.error({ err, step: step.name }, 'a step of the reconciler failed; it is tried again')
      }
    }
  }
}

class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}
