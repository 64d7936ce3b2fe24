import type { JobRecord } from '@lupa/core/domain/job'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { Logger } from '@lupa/core/runtime/logger'
import { repeat } from '@lupa/core/runtime/repeat'

/** Lets go of jobs that somebody else ends (they were canceled, or expired) while this worker computes them. */
export interface CancelInHand {
  /** The job is in hand from now on. Asked for before its record is read, no end of it is missed. */
  hold(id: string): HeldJob
  /** Listens until the signal aborts. Never rejects. */
  listen(until: AbortSignal): Promise<void>
}

export interface HeldJob extends Disposable {
  /** Aborts when the job has ended elsewhere. */
  signal: AbortSignal
  /** From here on this worker itself ends the job. May be called twice. */
  release(): void
}

export interface CancelInHandOptions {
  events: JobEvents
  jobStore: Pick<JobStore, 'get'>
  logger: Logger
  /** An announcement may be lost. So the record of what is in hand that long is read, and again that often. */
  pollMs?: number
}

export function createCancelInHand(options: CancelInHandOptions): CancelInHand {
  const { events, jobStore, logger, pollMs = 3000 } = options
  const inHand = new Map<string, { controller: AbortController; heldAtMs: number }>()

  function letGo(id: string, record: JobRecord | undefined): void {
    const held = inHand.get(id)
    if (!held || held.controller.signal.aborted) return
    logger.info(
      { request_id: id, trace_id: record?.trace_id },
      'a job was ended by someone else; its slot is freed',
    )
    held.controller.abort(new Error(`Job ${id} was ended by someone else`))
  }

  async function poll(): Promise<void> {
    const heldBeforeMs = performance.now() - pollMs
    const long = [...inHand].filter(([, { heldAtMs }]) => heldAtMs <= heldBeforeMs)
    await Promise.all(
      long.map(async ([id]) => {
        const record = await jobStore.get(id)
        if (!record || record.done) letGo(id, record)
      }),
    )
  }

  return {
    hold(id) {
      const held = { controller: new AbortController(), heldAtMs: performance.now() }
      inHand.set(id, held)
      const release = () => {
        if (inHand.get(id) === held) inHand.delete(id)
      }
      return { signal: held.controller.signal, release, [Symbol.dispose]: release }
    },

    async listen(until) {
      const polling = repeat(poll, {
        everyMs: pollMs,
        signal: until,
        onError: (err) => logger.debug({ err }, 'could not look whether jobs in hand have ended'),
      })
      try {
        const hear = (id: string, readRecord: () => JobRecord) => {
          if (inHand.has(id)) letGo(id, readRecord())
        }
        await using _listening = await events.listen(hear, until, 'stopped')
        await polling
      } catch (err) {
        if (!until.aborted) logger.error({ err }, 'cannot hear of canceled jobs; looks for them instead')
        await polling
      }
    },
  }
}
