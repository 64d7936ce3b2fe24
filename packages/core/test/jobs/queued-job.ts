import { newJobId } from '../../src/domain/ids.ts'
import type { QueuedJob } from '../../src/jobs/job-queue.ts'

/** A job for the queue: one client's interactive one, with what matters to the test given. */
export function aQueuedJob(overrides: Partial<QueuedJob> = {}): QueuedJob {
  return { id: newJobId(), client: 'ana', priority: 'interactive', ...overrides }
}
