import { LupaError } from '@lupa/core/domain/errors'
import { Job, type JobRecord } from '@lupa/core/domain/job'
import { FORMATS, type FormatName, formattedName } from '@lupa/core/formats/formats'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import type { GatewayConfig } from '../../config.ts'
import { inlineAs } from '../../content-disposition.ts'
import { FORMATTING } from '../../format-parameters.ts'
import type { HandOver } from '../../hand-over.ts'
import { etagOf, matchesEtag, viewJob } from '../../job-view.ts'
import { negotiateFormat } from '../../negotiate-format.ts'
import { chosen, ViewParameters } from '../../parameters.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import { type QueueOutlook, retryAfterOf } from '../../queue-outlook.ts'
import type { JobReader } from '../../read-job.ts'
import type { SignJobLinks } from '../../sign-job-links.ts'
import type { JobWaiter } from '../../wait.ts'
import type { WaitingPlaces } from '../../waiting-places.ts'
import { assertPredicted, writeJob } from '../../write-job.ts'
import { gone } from '../gone.ts'
import { waitParameter } from '../wait-parameter.ts'

export interface GetJobDeps {
  reader: JobReader
  waiter: JobWaiter
  waitingPlaces: WaitingPlaces
  outlook: QueueOutlook
  catalog: ModelCatalog
  handOver: HandOver
  signJobLinks: SignJobLinks
  config: Pick<GatewayConfig, 'wait' | 'signedUrls'>
}

export function getJob(
  app: App,
  { reader, waiter, waitingPlaces, outlook, catalog, handOver, signJobLinks, config }: GetJobDeps,
): void {
  const Query = ViewParameters.extend({
    ...FORMATTING,
    links: chosen(z.enum(['signed'])).describe(
      '`signed`: the `links` are whole addresses that need no credentials for a while. Only with the job as JSON.',
    ),
    wait: waitParameter(config.wait, 'the job is done (with `If-None-Match`: has changed)'),
  })

  app.get(
    '/v1/jobs/:id',
    {
      config: { scope: 'jobs:read', signedLink: true },
      schema: {
        operationId: 'getJob',
        tags: ['jobs'],
        summary: 'Get a job',
        description:
          'The job as it is now. `conf`, `iou`, `max_det`, `classes` and `masks` look at the stored prediction under ' +
          'other parameters, without running the model again. They do not apply to a classify model; `iou` does not ' +
          'apply to one that suppresses by itself, nor does a `conf` below its own; and of a segment or pose model a ' +
          'bounded number of detections is kept, the surest. `format`, or the `Accept` header, writes the prediction as ' +
          'something else than the job: classes alone, without a place, come as `yolo`, `csv` and `svg` only.',
        params: z.object({ id: z.string().describe("The job's id.") }),
        querystring: Query,
        response: {
          200: Job,
          304: z.null(),
          ...problems(400, 401, 403, 404, 406, 409, 429),
        },
      },
    },
    async (request, reply) => {
      const {
        wait: waitSeconds = 0,
        links,
        format: named,
        save_conf,
        palette,
        labels,
        line_width,
        ...view
      } = request.query
      if (links === 'signed') assertLinksMayBeSigned(config)
      const { accept } = request.headers
      reply.header('vary', 'Accept')
      const known = request.headers['if-none-match']
      const answerTo = (record: JobRecord) => {
        const format = negotiateFormat(named, accept, record)
        return { format, etag: etagOf(record, { ...view, format, save_conf, palette, labels, line_width }) }
      }
      const isNews = (record: JobRecord) =>
        known === undefined ? record.done : !matchesEtag(known, answerTo(record).etag)

      let record = await reader.readOwn(request.params.id, clientOf(request))
      // What is done does not change any more, but for the news of its webhook.
      if (waitSeconds > 0 && !record.done && !isNews(record)) {
        waitingPlaces.enter(request, reply)
        const options = { timeoutMs: waitSeconds * 1000, signal: gone(reply), isEnough: isNews }
        record = (await waiter.wait(record.id, options)) ?? (await reader.readOwn(record.id, record.client))
      }

      record = await outlook.withPlace(record)
      const { format, etag } = answerTo(record)
      if (format !== 'native') assertPredicted(record)
      reply
        .header('etag', etag)
        .header('cache-control', 'private, no-cache')
        .header('x-request-id', record.id)
      if (!record.done) reply.header('retry-after', retryAfterOf(record))
      handOver(request, reply, record)
      // Links that the client knows from before may be over by now.
      if (links === 'signed') reply.removeHeader('etag').header('cache-control', 'private, no-store')
      else if (matchesEtag(known, etag)) return reply.code(304).send(null)
      if (format === 'native') {
        const job = await viewJob(record, view, catalog)
        return reply.send(links === 'signed' ? await signJobLinks(job, record, request) : job)
      }
      const drawing = { palette, labels, lineWidth: line_width }
      const options = { view, catalog, saveConf: save_conf === 'true', ...drawing }
      const { job, text } = await writeJob(record, format, options)
      const plain = `${record.id}${FORMATS[format].extension}`
      reply
        .type(contentTypeOf(format))
        .header('content-disposition', inlineAs({ plain, own: formattedName(job, format) }))
        .header('content-security-policy', NOTHING_RUNS)
        .header('x-content-type-options', 'nosniff')
      return reply.serializer((written: string) => written).send(text as never)
    },
  )
}

function assertLinksMayBeSigned({ signedUrls }: GetJobDeps['config']): void {
  if (signedUrls.getSeconds > 0) return
  throw new LupaError(
    'invalid_parameter',
    'links="signed" is not valid: signed links are off here. SIGNED_LINK_SECONDS turns them on.',
  )
}

/** An SVG opened by itself is a page of this site, with names in it that others chose. */
const NOTHING_RUNS = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"

/** What is text says which characters it is in; what is JSON always is in UTF-8. */
const contentTypeOf = (format: FormatName) => {
  const { mediaType } = FORMATS[format]
  return mediaType.startsWith('text/') ? `${mediaType}; charset=utf-8` : mediaType
}
