import { LupaError } from '@lupa/core/domain/errors'
import type { JobRequest } from '@lupa/core/domain/job'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import { pin } from '@lupa/core/models/pinned-model'
import { checkWebhookUrl, type Outbound } from '@lupa/core/webhooks/guard-address'
import type { z } from 'zod'
import { checkParameters, classNamesOf, resolveParams, SubmitParameters } from './parameters.ts'
import type { ServedModels } from './served-models.ts'
import { assertMayBeKept } from './validate-submission.ts'

/** What may be asked of a batch: of each of its jobs, and where to send its one event. */
export const BatchParameters = SubmitParameters.omit({ webhook_events: true }).extend({
  webhook_url: SubmitParameters.shape.webhook_url.describe(
    'Where to POST `batch.finished`, once, when all jobs are done.',
  ),
  priority: SubmitParameters.shape.priority.describe(
    'Who waits: `interactive` jobs go before `bulk` ones (the default here), which are not starved.',
  ),
})
export type BatchParameters = z.output<typeof BatchParameters>

/** Checked, complete, and the same for all its jobs. */
export interface BatchSettings {
  /** As it was asked for. */
  given: BatchParameters
  job: Pick<JobRequest, 'model' | 'modelReading' | 'params' | 'tags'> &
    Required<Pick<JobRequest, 'priority' | 'cancelAfterSeconds' | 'retentionSeconds'>>
  webhook: { url: string } | null
}

/** Rejects with every parameter that is wrong. */
export type ReadBatchSettings = (given: Record<string, unknown>) => Promise<BatchSettings>

function cannotBeFleeting(): LupaError {
  return new LupaError(
    'invalid_parameter',
    'retention_seconds=0 is not valid for a batch, whose results are asked for later: give 60 at least, and erase the batch when you have them.',
  )
}

export function createReadBatchSettings({
  models,
  outbound,
  retentionSeconds,
}: {
  models: ServedModels
  outbound: Outbound
  retentionSeconds: number
}): ReadBatchSettings {
  return async function readBatchSettings(unchecked) {
    const given = checkParameters(BatchParameters, unchecked)
    assertMayBeKept(given, retentionSeconds)
    if (given.retention_seconds === 0) throw cannotBeFleeting()
    const url = given.webhook_url
    if (url !== undefined) checkWebhookUrl(url, outbound)
    const model = await models.resolve(given.model)
    return {
      given,
      job: {
        ...pin(model),
        params: resolveParams(given, DEFAULT_PARAMS, classNamesOf(model)),
        tags: given.tags ?? [],
        priority: given.priority ?? 'bulk',
        cancelAfterSeconds: given.cancel_after_seconds ?? null,
        retentionSeconds: given.retention_seconds ?? retentionSeconds,
      },
      webhook: url === undefined ? null : { url },
    }
  }
}
