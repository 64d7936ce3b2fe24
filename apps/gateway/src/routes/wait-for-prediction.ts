import { LupaError } from '@lupa/core/domain/errors'
import { type Job, type JobRecord, toJob } from '@lupa/core/domain/job'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { assertSize, type Upload } from '../plugins/uploads.ts'
import { readPreferWait } from '../prefer-wait.ts'
import { type SubmitRouteDeps, submitUploadAndWait } from './jobs/submit-job.ts'
import { failureOf } from './predict.ts'

/**
 * The job of an image that came in the way of another service, once it has succeeded. Rejects with why it did
 * not, and with `wait_elapsed` when it takes too long: such clients know of no jobs to come back to.
 */
export async function waitForPrediction(
  request: FastifyRequest,
  reply: FastifyReply,
  { read, parameters }: { read: () => Promise<Upload>; parameters: Record<string, unknown> },
  deps: SubmitRouteDeps,
): Promise<Job> {
  const waitMs = readPreferWait(request.headers.prefer, deps.config.wait) ?? deps.config.wait.defaultMs
  const readSized = async () => {
    const upload = await read()
    assertSize(upload.image, deps.config.limits.imageBytes)
    return upload
  }
  const given = { read: readSized, query: parameters, waitMs }
  const record: JobRecord = await submitUploadAndWait(request, reply, given, deps)
  if (!record.done) {
    throw new LupaError(
      'wait_elapsed',
      `The job ${record.id} has not ended within ${waitMs / 1000} seconds. It goes on: GET ${record.links.self}, or send the same again.`,
    )
  }
  if (record.status !== 'succeeded') throw failureOf(record)
  return toJob(record)
}
