import { ERRORS, type ErrorCode, LupaError, toLupaError } from '@lupa/core/domain/errors'
import { JobId } from '@lupa/core/domain/ids'
import { Job, type JobRecord, toJob } from '@lupa/core/domain/job'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../app-type.ts'
import type { Audit } from '../audit.ts'
import { assertAllClosed, type Breakers } from '../breaker.ts'
import { PageParameters, readCursor, toPage } from '../cursor.ts'

import { EXAMPLE_DEAD_JOB } from '../example-job.ts'
import { problems } from '../plugins/openapi.ts'
import type { ReplayDead } from '../replay-dead.ts'

const MOST = 100
/** How many dead letters are looked through at most for those of one code. */
const LOOKED_THROUGH = 10_000

const DeadJob = Job.extend({ client: z.string().describe('Whose job it is.') }).meta({
  id: 'DeadJob',
  examples: [{ ...EXAMPLE_DEAD_JOB, client: 'basic:ana' }],
})

const DeadList = z
  .object({ object: z.literal('list'), data: z.array(DeadJob), next_cursor: z.string().nullable() })
  .meta({ id: 'DeadList' })

const ReplayRequest = z
  .strictObject({
    ids: z.array(z.string()).min(1).max(MOST).optional().describe('Which to replay.'),
    code: z
      .enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]])
      .optional()
      .describe('Or: those that failed with this error, newest first.'),
    limit: z
      .int()
      .min(1)
      .max(MOST)
      .optional()
      .describe(`With \`code\`: at most so many; ${MOST} if not given.`),
  })
  .meta({ id: 'ReplayRequest', examples: [{ code: 'worker_lost', limit: 50 }] })
type ReplayRequest = z.output<typeof ReplayRequest>

const Replays = z
  .object({
    object: z.literal('replays'),
    replayed: z.array(z.object({ id: z.string(), job: z.string().describe('The new job.') })),
    refused: z.array(z.object({ id: z.string(), code: z.string(), detail: z.string() })),
  })
  .meta({
    id: 'Replays',
    examples: [
      {
        object: 'replays',
        replayed: [{ id: EXAMPLE_DEAD_JOB.id, job: '019ab0c9-0f3c-7b52-9e41-7d0a55c1e2b3' }],
        refused: [
          {
            id: '019ab0c8-7d11-7c44-a0b1-3f6a52e8c9d0',
            code: 'job_not_dead',
            detail:
              'Job 019ab0c8-7d11-7c44-a0b1-3f6a52e8c9d0 was replayed already. GET /v1/dead lists what can be replayed.',
          },
        ],
      },
    ],
  })
type Replays = z.output<typeof Replays>

export interface DeadDeps {
  jobStore: JobStore
  replayDead: ReplayDead
  audit: Audit
  breakers: Breakers
}

/** Jobs that failed for good, of all clients, and running them again. */
export function dead(app: App, deps: DeadDeps): void {
  const { jobStore, replayDead, audit, breakers } = deps
  const tags = ['dead']

  async function replay(request: FastifyRequest, id: string): Promise<JobRecord> {
    if (JobId.safeParse(id).success) await audit(request, { action: 'dead.replayed', target: id })
    return replayDead(id, request.log)
  }

  app.get(
    '/v1/dead',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'listDead',
        tags,
        summary: 'List dead letters',
        description: 'Jobs of all clients that failed for good and were not replayed, newest first.',
        querystring: PageParameters,
        response: { 200: DeadList, ...problems(400, 401, 503) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const before = cursor === undefined ? undefined : readCursor(cursor)
      const found = await jobStore.listDead({ before, limit: limit + 1 })
      const { page, nextCursor } = toPage(found, limit)
      return { object: 'list' as const, data: page.map(toDeadJob), next_cursor: nextCursor }
    },
  )

  app.post(
    '/v1/dead/:id/replay',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'replayDead',
        tags,
        summary: 'Replay a dead letter',
        description: 'Runs the job again, for its client and under a new id, and takes it off the list.',
        params: z.object({ id: z.string().describe("The job's id.") }),
        response: { 202: DeadJob, ...problems(401, 404, 409, 503) },
      },
    },
    async (request, reply) => {
      assertAllClosed(breakers)
      const record = await replay(request, request.params.id)
      reply.header('location', record.links.self)
      return reply.code(202).send(toDeadJob(record))
    },
  )

  app.post(
    '/v1/dead/replay',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'replayManyDead',
        tags,
        summary: 'Replay many dead letters',
        description: `Those named by \`ids\`, or those that failed with the error \`code\`; ${MOST} at a time.`,
        body: ReplayRequest,
        response: { 200: Replays, ...problems(400, 401, 503) },
      },
    },
    async (request) => {
      assertAllClosed(breakers)
      const ids = await chosenBy(request.body, jobStore)
      return replayAll(ids, (id) => replay(request, id))
    },
  )
}

function toDeadJob(record: JobRecord): z.output<typeof DeadJob> {
  return { ...toJob(record), client: record.client }
}

async function chosenBy({ ids, code, limit }: ReplayRequest, jobStore: JobStore): Promise<string[]> {
  if ((ids === undefined) === (code === undefined) || (ids && limit !== undefined)) {
    throw new LupaError(
      'invalid_parameter',
      'Say which to replay: either {"ids": ["…"]}, or {"code": "worker_lost", "limit": 50}.',
    )
  }
  return ids ? [...new Set(ids)] : idsOf(code as ErrorCode, limit ?? MOST, jobStore)
}

async function idsOf(code: ErrorCode, limit: number, jobStore: JobStore): Promise<string[]> {
  const ids: string[] = []
  let before: { createdAt: string; id: string } | undefined
  for (let lookedThrough = 0; lookedThrough < LOOKED_THROUGH; lookedThrough += MOST) {
    const page = await jobStore.listDead({ before, limit: MOST })
    ids.push(...page.filter(({ error }) => error?.code === code).map(({ id }) => id))
    const last = page.at(-1)
    if (!last || page.length < MOST || ids.length >= limit) break
    before = { createdAt: last.created_at, id: last.id }
  }
  return ids.slice(0, limit)
}

/** One after the other: what one is refused for says nothing of the next, but a store that is away does. */
async function replayAll(ids: string[], replay: (id: string) => Promise<JobRecord>): Promise<Replays> {
  const replays: Replays = { object: 'replays', replayed: [], refused: [] }
  for (const id of ids) {
    try {
      replays.replayed.push({ id, job: (await replay(id)).id })
    } catch (thrown) {
      const { code, message } = toLupaError(thrown)
      if (code === 'store_unavailable' || code === 'queue_unavailable') throw thrown
      replays.refused.push({ id, code, detail: message })
    }
  }
  return replays
}
