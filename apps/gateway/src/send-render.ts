import { LupaError } from '@lupa/core/domain/errors'
import type { JobRecord } from '@lupa/core/domain/job'
import { stemOf } from '@lupa/core/formats/file-name'
import { formatsOf } from '@lupa/core/formats/formats'
import { RENDER_TYPE, type RenderOrder } from '@lupa/core/renders/render-order'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { inlineAs } from './content-disposition.ts'
import { matchesEtag } from './job-view.ts'
import type { MakeRender } from './make-render.ts'
import { gone } from './routes/gone.ts'
import type { WaitingPlaces } from './waiting-places.ts'

/** Of a picture that is being made: ask the same address again. */
export const UnfinishedRender = z
  .object({ object: z.literal('render'), done: z.literal(false), links: z.object({ self: z.string() }) })
  .meta({ id: 'UnfinishedRender' })

const RETRY_AFTER_SECONDS = 2

export interface SendRenderDeps {
  makeRender: MakeRender
  waitingPlaces: WaitingPlaces
}

/** Answers with what was ordered, 304 when the client has it, or 202 when it is not there in time. */
export async function sendRender(
  request: FastifyRequest,
  reply: FastifyReply,
  record: JobRecord,
  order: RenderOrder,
  { makeRender, waitingPlaces }: SendRenderDeps,
): Promise<FastifyReply> {
  if (isKnown(request, reply, record, etagOfRender(order))) return reply.code(304).send(null)
  waitingPlaces.enter(request, reply)
  const render = await makeRender(order, gone(reply))
  if (!render) return sendUnfinished(request, reply)
  const { kind, format } = order.picture
  const extension = format === 'jpeg' ? 'jpg' : format
  reply
    .type(RENDER_TYPE[format])
    .header('content-disposition', inlineAs(namesOf(record, `${kind}.${extension}`)))
  return reply.send(Buffer.from(render.buffer, render.byteOffset, render.byteLength))
}

export const namesOf = (record: JobRecord, suffix: string) => ({
  plain: `${record.id}.${suffix}`,
  own: record.image_name && `${stemOf({ ...record, predictions: [] })}.${suffix}`,
})

/** A job that has ended does not change, and nor do pictures of it. */
export function etagOfRender({ name }: Pick<RenderOrder, 'name'>): string {
  return `W/"${name}"`
}

export function isKnown(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  record: JobRecord,
  etag: string,
): boolean {
  reply
    .header('etag', etag)
    .header('cache-control', 'private, max-age=3600')
    .header('x-content-type-options', 'nosniff')
    .header('x-request-id', record.id)
  return matchesEtag(headers['if-none-match'], etag)
}

export function sendUnfinished(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply
    .code(202)
    .removeHeader('etag')
    .header('cache-control', 'no-store')
    .header('retry-after', RETRY_AFTER_SECONDS)
  return reply.send({ object: 'render', done: false, links: { self: request.url } })
}

/** Rejects with `not_acceptable` a job whose prediction says nothing of places. */
export function assertLocated({ model: { task } }: JobRecord): void {
  if (task !== 'classify') return
  const detail = `A classify job says nothing of places in the image. It comes as ${formatsOf(task).join(', ')}, and as /annotated.`
  throw new LupaError('not_acceptable', detail)
}
