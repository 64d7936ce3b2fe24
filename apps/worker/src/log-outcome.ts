import type { TellOutcome } from '@lupa/core/jobs/tell-outcome'
import type { Logger } from '@lupa/core/runtime/logger'

/** One line for each job that ends here: what it was, how it ended, and where the time went. */
export function logging(tellOutcome: TellOutcome, logger: Logger): TellOutcome {
  return async (record) => {
    await tellOutcome(record)
    const { id, trace_id, client, model, status, error, cache, attempt, timings } = record
    logger.info(
      {
        request_id: id,
        trace_id,
        client,
        model: `${model.name}@${model.version}`,
        status,
        code: error?.code ?? null,
        cache,
        attempt,
        queue_ms: timings.queue_ms,
        total_ms: timings.total_ms,
      },
      'a job ended',
    )
  }
}
