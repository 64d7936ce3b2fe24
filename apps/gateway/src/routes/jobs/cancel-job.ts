import { Job, toJob } from '@lupa/core/domain/job'
import type { CancelJob } from '@lupa/core/jobs/cancel-job'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import { type JobReader, jobNotFound } from '../../read-job.ts'

export function cancelJobRoute(
  app: App,
  { reader, cancelJob }: { reader: JobReader; cancelJob: CancelJob },
): void {
  app.post(
    '/v1/jobs/:id/cancel',
    {
      config: { scope: 'jobs:write' },
      schema: {
        operationId: 'cancelJob',
        tags: ['jobs'],
        summary: 'Cancel a job',
        description:
          'The job ends as `canceled`, whether it waits or runs. One that has ended already stays as it is; the ' +
          'answer is the job in either case.',
        params: z.object({ id: z.string().describe("The job's id.") }),
        response: { 200: Job, ...problems(401, 404, 503) },
      },
    },
    async (request, reply) => {
      const record = await reader.readOwn(request.params.id, clientOf(request))
      reply.header('x-request-id', record.id)
      const ended = await cancelJob(record, request.log)
      if (!ended) throw jobNotFound()
      return toJob(ended)
    },
  )
}
