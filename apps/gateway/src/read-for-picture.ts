import type { JobRecord } from '@lupa/core/domain/job'
import type { Params } from '@lupa/core/domain/params'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { paramsOf } from './job-view.ts'
import { negotiateRaster } from './negotiate-raster.ts'
import type { ViewParameters } from './parameters.ts'
import { clientOf } from './plugins/auth.ts'
import type { JobReader } from './read-job.ts'
import { assertLocated } from './send-render.ts'
import { assertPredicted } from './write-job.ts'

/** What a client asks of a picture that is made of a job. */
export interface AskedPicture<Format extends string> {
  jobId: string
  /** As it was named, if it was. */
  format: Format | undefined
  types: Record<Format, string>
  view: ViewParameters
  /** Whether it shows places, of which a classify job says nothing. */
  ofPlaces?: boolean
}

/** The job, the format that was named or negotiated, and what the prediction is looked at with. */
export async function readForPicture<Format extends string>(
  { jobId, format, types, view, ofPlaces }: AskedPicture<Format>,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { reader, catalog }: { reader: JobReader; catalog: ModelCatalog },
): Promise<{ record: JobRecord; format: Format; params: Params }> {
  const record = await reader.readOwn(jobId, clientOf(request))
  reply.header('vary', 'Accept')
  const negotiated = negotiateRaster(format, request.headers.accept, types)
  if (ofPlaces) assertLocated(record)
  assertPredicted(record)
  return { record, format: negotiated, params: await paramsOf(record, view, catalog) }
}
