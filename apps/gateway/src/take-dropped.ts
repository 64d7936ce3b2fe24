import { createHash } from 'node:crypto'
import { LupaError } from '@lupa/core/domain/errors'
import type { JobRecord } from '@lupa/core/domain/job'
import type { DroppedImage, Inbox } from '@lupa/core/inbox/inbox'
import { writeInboxResult } from '@lupa/core/inbox/write-inbox-result'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { GatewayConfig } from './config.ts'
import { toImageName } from './image-name.ts'
import { imageTooLarge } from './incoming-image.ts'
import { type AdmissionDeps, keepPlace, reservePlace } from './plugins/admission.ts'
import { clientOf } from './plugins/auth.ts'
import { toProblem } from './plugins/errors.ts'
import type { Quota } from './plugins/rate-limit.ts'
import type { Submit } from './submit.ts'
import { traceIdOf } from './trace-id.ts'

/**
 * Makes a job of a blob in the inbox; of the same blob again, the same job. What is wrong with the picture is
 * written beside it: sending the event again would change nothing. Rejects with what another try may find better.
 */
export type TakeDropped = (
  name: string,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<{ became: 'job'; id: string } | { became: 'refused' | 'nothing' }>

export interface TakeDroppedDeps extends AdmissionDeps {
  inbox: Inbox
  submit: Submit
  quota: Quota
  config: Pick<GatewayConfig, 'limits'>
}

export function createTakeDropped(deps: TakeDroppedDeps): TakeDropped {
  const { inbox, config } = deps
  return async function takeDropped(name, request, reply) {
    const dropped = await inbox.read(name, { maxBytes: config.limits.imageBytes })
    // Taken away since: nobody waits for it.
    if (!dropped) return { became: 'nothing' }
    try {
      const record = await submitDropped(name, dropped, { request, reply }, deps)
      await seeToResult(record, inbox)
      return { became: 'job', id: record.id }
    } catch (error) {
      if (!(error instanceof LupaError) || error.retryable) throw error
      // Nothing of it was to be kept.
      if (error.code === 'idempotency_erased') return { became: 'nothing' }
      await inbox.writeResult(name, toProblem(error, request.id))
      return { became: 'refused' }
    }
  }
}

async function submitDropped(
  name: string,
  { image, eTag, metadata }: DroppedImage,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  deps: TakeDroppedDeps,
): Promise<JobRecord> {
  const { submit, quota, config } = deps
  if (!image) throw imageTooLarge(config.limits.imageBytes)
  if (image.byteLength === 0) throw new LupaError('image_missing', `The blob ${name} is empty.`)
  await quota.take(request, reply, { images: 1, bytes: image.byteLength })
  const id = await reservePlace(request, reply, deps)
  const { record } = await submit(
    {
      id,
      upload: { image, imageName: toImageName(name), fields: parametersOf(metadata) },
      query: {},
      client: clientOf(request),
      userIp: null,
      traceId: traceIdOf(request.raw),
      useCache: true,
      idempotencyKey: `inbox:${createHash('sha256').update(`${name}\n${eTag}`).digest('hex')}`,
      inbox: name,
    },
    request.log,
  )
  keepPlace(request, record)
  return record
}

/** Before the event is acknowledged: from then on nobody sends it again. */
async function seeToResult(record: JobRecord, inbox: Inbox): Promise<void> {
  if (record.done) await writeInboxResult(inbox, record)
  else await inbox.owe(record.id)
}

/** What the metadata of a blob may ask for. */
function parametersOf({ lupa_model: model, lupa_conf: conf }: Record<string, string>) {
  return { ...(model !== undefined && { model }), ...(conf !== undefined && { conf }) }
}
