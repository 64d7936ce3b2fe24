import { z } from 'zod'
import type { App } from '../../app-type.ts'
import type { EraseJob } from '../../erase-job.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import type { JobReader } from '../../read-job.ts'

export function eraseJobRoute(
  app: App,
  { reader, eraseJob }: { reader: JobReader; eraseJob: EraseJob },
): void {
  app.delete(
    '/v1/jobs/:id',
    {
      config: { scope: 'jobs:write' },
      schema: {
        operationId: 'eraseJob',
        tags: ['jobs'],
        summary: 'Erase a job',
        description:
          'Erases the job, its image, its prediction (from the cache too) and the log of its webhooks. A job that ' +
          'has not ended is canceled first.',
        params: z.object({ id: z.string().describe("The job's id.") }),
        response: { 204: z.null(), ...problems(401, 404, 409, 503) },
      },
    },
    async (request, reply) => {
      const record = await reader.readOwn(request.params.id, clientOf(request))
      reply.header('x-request-id', record.id)
      await eraseJob(record, request.log)
      return reply.code(204).send(null)
    },
  )
}
