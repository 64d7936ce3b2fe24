import { type JobRecord, toJob } from '../domain/job.ts'
import type { TellOutcome } from '../jobs/tell-outcome.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Inbox } from './inbox.ts'

/** Writes the job beside the blob it was made of, where it was made of one. Safe to repeat. */
export async function writeInboxResult(
  inbox: Pick<Inbox, 'writeResult' | 'settle'>,
  record: JobRecord,
): Promise<void> {
  if (!record.inbox) return
  await inbox.writeResult(record.inbox, toJob(record))
  await inbox.settle(record.id)
}

/** Write first, then tell. What cannot be written stays owed, and is written by the reconciler. */
export function leavingResults(
  tellOutcome: TellOutcome,
  { inbox, logger }: { inbox: Inbox | null; logger: Logger },
): TellOutcome {
  if (!inbox) return tellOutcome
  return async (record) => {
    await writeInboxResult(inbox, record).catch((err) =>
      logger.error(
        { err, request_id: record.id },
        'the result of a job is not beside its blob yet; the reconciler will write it',
      ),
    )
    await tellOutcome(record)
  }
}
