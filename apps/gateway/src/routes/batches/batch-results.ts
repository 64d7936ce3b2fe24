import { Readable } from 'node:stream'
import { type JobRecord, JobStatus, toJob } from '@lupa/core/domain/job'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import type { BatchReader } from '../../batch-reader.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import { BatchId } from './batch-id.ts'

const LONGEST_READ_MS = 3_600_000
const NDJSON = 'application/x-ndjson'

export function batchResults(app: App, { batchReader }: { batchReader: BatchReader }): void {
  app.get(
    '/v1/batches/:id/results',
    {
      config: { scope: 'jobs:read' },
      handlerTimeout: LONGEST_READ_MS,
      schema: {
        operationId: 'getBatchResults',
        tags: ['batches'],
        summary: 'Get the jobs of a batch',
        description:
          'One job per line (NDJSON), the last image first, as the store knows them: a job that runs is `queued` ' +
          'here. May be read while the batch is not done.',
        params: BatchId,
        querystring: z.strictObject({ status: JobStatus.optional().describe('Only jobs of this status.') }),
        response: {
          200: z.string().meta({ format: 'ndjson' }).describe('The jobs.'),
          ...problems(400, 401, 404, 503),
        },
      },
    },
    async (request, reply) => {
      const batch = await batchReader.readOwn(request.params.id, clientOf(request))
      const pages = batchReader.jobsOf(batch, request.query.status)
      // Asked for before the answer begins: what fails here can still be told.
      const first = await pages.next()
      reply.header('x-request-id', batch.id).header('cache-control', 'private, no-cache').type(NDJSON)
      return reply.send(Readable.from(linesOf(first, pages)) as unknown as string)
    },
  )
}

async function* linesOf(first: IteratorResult<JobRecord[]>, rest: AsyncGenerator<JobRecord[]>) {
  if (first.done) return
  yield toLines(first.value)
  for await (const page of rest) yield toLines(page)
}

function toLines(page: JobRecord[]): string {
  return page.map((record) => `${JSON.stringify(toJob(record))}\n`).join('')
}
