import { Readable } from 'node:stream'
import { type JobRecord, JobStatus, toJob } from '@lupa/core/domain/job'
import type { JobStore } from '@lupa/core/jobs/job-store'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import type { BatchReader } from '../../batch-reader.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import { BatchId } from './batch-id.ts'

const LONGEST_READ_MS = 3_600_000
const NDJSON = 'application/x-ndjson'

export interface BatchResultsDeps {
  batchReader: BatchReader
  jobStore: Pick<JobStore, 'get'>
}

export function batchResults(app: App, { batchReader, jobStore }: BatchResultsDeps): void {
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
      return reply.send(Readable.from(linesOf(first, pages, jobStore)) as unknown as string)
    },
  )
}

async function* linesOf(
  first: IteratorResult<JobRecord[]>,
  rest: AsyncGenerator<JobRecord[]>,
  jobStore: BatchResultsDeps['jobStore'],
) {
  if (first.done) return
  yield* toLines(first.value, jobStore)
  for await (const page of rest) yield* toLines(page, jobStore)
}

/** One at a time: what a list leaves out is large. */
async function* toLines(page: JobRecord[], jobStore: BatchResultsDeps['jobStore']) {
  for (const record of page) {
    const isLeftOut = record.status === 'succeeded' && record.predictions === null
    const whole = isLeftOut ? await jobStore.get(record.id) : undefined
    yield `${JSON.stringify(toJob(whole ?? record))}\n`
  }
}
