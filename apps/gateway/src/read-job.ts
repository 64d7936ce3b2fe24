import { LupaError } from '@lupa/core/domain/errors'
import { JobId } from '@lupa/core/domain/ids'
import type { JobRecord } from '@lupa/core/domain/job'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { JobStore } from '@lupa/core/jobs/job-store'

/** After this, an unfinished hot copy is not believed without asking the job store. */
const HOT_COPY_TRUSTED_MS = 3000

export interface JobReader {
  /** How the job looks now: the hot copy first, else the job store. */
  read(id: string): Promise<JobRecord | undefined>
  /** As `read`. Rejects with `job_not_found`, in the same words whether it is missing or another client's. */
  readOwn(id: string, client: string): Promise<JobRecord>
}

export function createJobReader({ events, store }: { events: JobEvents; store: JobStore }): JobReader {
  async function read(id: string): Promise<JobRecord | undefined> {
    if (!JobId.safeParse(id).success) return undefined
    const hot = await readHot(id)
    if (hot && (hot.done || isFresh(hot))) return hot
    const stored = await store.get(id)
    // The store does not know that a job runs; it alone knows for sure that one has ended, or was erased:
    // what Redis still has of that is a late word from its worker.
    return stored && !stored.done ? (hot ?? stored) : stored
  }

  /** Redis may be away: then the store answers. */
  async function readHot(id: string): Promise<JobRecord | undefined> {
    try {
      return await events.latest(id)
    } catch {
      return undefined
    }
  }

  return {
    read,
    async readOwn(id, client) {
      const record = await read(id)
      if (!record || record.client !== client) throw jobNotFound()
      return record
    },
  }
}

export function jobNotFound(): LupaError {
  return new LupaError(
    'job_not_found',
    'You have no job of this id. A job is erased some time after it was made: see its `expires_at`.',
  )
}

function isFresh(record: JobRecord): boolean {
  return Date.now() - Date.parse(record.started_at ?? record.created_at) < HOT_COPY_TRUSTED_MS
}
