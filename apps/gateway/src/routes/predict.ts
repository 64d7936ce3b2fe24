import { ERRORS, type ErrorCode, LupaError } from '@lupa/core/domain/errors'
import { Job, type JobRecord, toJob } from '@lupa/core/domain/job'
import { z } from 'zod'
import type { App } from '../app-type.ts'
import { SubmitParameters } from '../parameters.ts'
import {
  fromAnything,
  HTTP_STATUS,
  idFor,
  logFailure,
  Problem,
  sendProblem,
  toProblem,
} from '../plugins/errors.ts'
import { problemsAs } from '../plugins/openapi.ts'
import { readPreferWait } from '../prefer-wait.ts'
import { type SubmitRouteDeps, submitAndWait } from './jobs/submit-job.ts'

/** A problem that also says `error`, as the original service did. */
const PredictProblem = Problem.extend({ error: z.string() }).meta({ id: 'PredictProblem' })

/** The original service's own way: post a picture, wait, read the answer. */
export function predict(app: App, deps: SubmitRouteDeps): void {
  app.setErrorHandler((thrown, request, reply) => {
    const error = logFailure(fromAnything(thrown, request), request)
    const problem = toProblem(error, idFor(request, reply), statusOf(error.code))
    return sendProblem(reply, { ...problem, error: problem.title })
  })

  app.post(
    '/predict',
    {
      config: { scope: 'jobs:write', takesImage: true, takesKey: true },
      schema: {
        operationId: 'predict',
        tags: ['predict'],
        summary: 'Send an image, get the prediction',
        description:
          'Waits for the result and answers with it. If the wait ends first, the answer is 202 with the job, whose ' +
          'address is in `Location`.',
        querystring: SubmitParameters,
        response: {
          200: Job,
          202: Job,
          ...problemsAs(PredictProblem, 400, 401, 403, 404, 409, 410, 413, 422, 429, 503, 504),
        },
      },
    },
    async (request, reply) => {
      const waitMs = readPreferWait(request.headers.prefer, deps.config.wait) ?? deps.config.wait.defaultMs
      const record = await submitAndWait(request, reply, waitMs, deps)
      if (!record.done) return reply.code(202).send(toOriginal(record))
      if (record.status !== 'succeeded') throw failureOf(record)
      return reply.code(200).send(toOriginal(record))
    },
  )
}

/** A picture of a wrong type was a plain bad request. */
function statusOf(code: ErrorCode): number {
  return HTTP_STATUS[code] === 415 ? 400 : HTTP_STATUS[code]
}

export function failureOf({ id, status, error }: JobRecord): LupaError {
  if (error && error.code in ERRORS) return new LupaError(error.code as ErrorCode, error.detail)
  return new LupaError('prediction_failed', error?.detail ?? `The job ${id} is ${status}.`)
}

/** The original answer's fields, in its order, then all of ours. */
function toOriginal(record: JobRecord): Job {
  const job = toJob(record)
  const { request_id, image_name, prediction, confidence, timestamp, processing_time, ...ours } = job
  return { request_id, image_name, prediction, confidence, timestamp, processing_time, ...ours }
}
