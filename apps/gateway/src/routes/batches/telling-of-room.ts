import { LupaError } from '@lupa/core/domain/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type AdmissionDeps, sayWhenThereIsRoom } from '../../plugins/admission.ts'
import { clientOf } from '../../plugins/auth.ts'

/** Runs what makes a batch; when it finds no room, the answer says when there may be. */
export async function tellingOfRoom<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Pick<AdmissionDeps, 'admission' | 'outlook'>,
  make: () => Promise<T>,
): Promise<T> {
  try {
    return await make()
  } catch (error) {
    const code = error instanceof LupaError ? error.code : undefined
    if (code === 'share_full') await sayWhenThereIsRoom(reply, clientOf(request), deps)
    if (code === 'queue_full') await sayWhenThereIsRoom(reply, undefined, deps)
    throw error
  }
}
