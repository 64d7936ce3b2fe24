import { JobId } from '@lupa/core/domain/ids'
import { Job, type JobRecord, JobStatus, toJob } from '@lupa/core/domain/job'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { JobQuery, JobStore } from '@lupa/core/jobs/job-store'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import { PageParameters, readCursor, toPage } from '../../cursor.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'

export interface ListJobsDeps {
  jobStore: JobStore
  jobQueue: JobQueue
  jobEvents: JobEvents
}

const Moment = z
  .string()
  .refine((text) => /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text)), {
    error: 'an RFC 3339 time such as 2026-11-23T12:00:00Z',
  })
  .transform((text) => new Date(text).toISOString())
  .optional()

const Query = PageParameters.extend({
  status: JobStatus.optional().describe('Only jobs of this status.'),
  model: z.string().min(1).max(200).optional().describe('Only jobs of the model of this name.'),
  tag: z.string().min(1).max(64).optional().describe('Only jobs with this tag.'),
  batch: JobId.optional().describe('Only jobs of this batch.'),
  created_after: Moment.describe('Only jobs accepted after this time.'),
  created_before: Moment.describe('Only jobs accepted before this time.'),
})

const JobList = z
  .object({
    object: z.literal('list'),
    data: z.array(Job),
    next_cursor: z
      .string()
      .nullable()
      .describe('Give it as `cursor` to get the next page; null: there is none.'),
  })
  .meta({ id: 'JobList' })

export function listJobs(app: App, deps: ListJobsDeps): void {
  app.get(
    '/v1/jobs',
    {
      config: { scope: 'jobs:read' },
      schema: {
        operationId: 'listJobs',
        tags: ['jobs'],
        summary: 'List jobs',
        description:
          'Your jobs, newest first. One that succeeded with more predictions than a list shows has `predictions: null` ' +
          'here (an empty list is one that found nothing): get it from its `links.self`.',
        querystring: Query,
        response: { 200: JobList, ...problems(400, 401, 503) },
      },
    },
    async (request) => {
      const { limit, cursor, created_after, created_before, ...filters } = request.query
      const query: JobQuery = {
        ...filters,
        client: clientOf(request),
        // One more than the page holds tells whether there is a next one.
        limit: limit + 1,
        before: cursor === undefined ? undefined : readCursor(cursor),
        createdAfter: created_after,
        createdBefore: created_before,
      }
      const found =
        query.status === 'running' ? await listRunning(query, deps) : await deps.jobStore.list(query)
      const { page, nextCursor } = toPage(found, limit)
      const data = query.status === 'running' ? page : await withNews(page, query, deps)
      return { object: 'list' as const, data: data.map(toJob), next_cursor: nextCursor }
    },
  )
}

/** That a job runs is not written to the job store: only Redis knows. */
async function listRunning(query: JobQuery, { jobQueue, jobEvents }: ListJobsDeps): Promise<JobRecord[]> {
  const records = await jobEvents.latestOf(await jobQueue.runningIds())
  return records
    .filter((record) => record !== undefined)
    .filter((record) => record.status === 'running' && matches(record, query))
    .toSorted((a, b) => (a.id < b.id ? 1 : -1))
    .slice(0, query.limit)
}

function matches(record: JobRecord, query: JobQuery): boolean {
  const { client, model, tag, batch, createdAfter, createdBefore, before } = query
  return (
    record.client === client &&
    (model === undefined || record.model.name === model) &&
    (tag === undefined || record.tags.includes(tag)) &&
    (batch === undefined || record.batch === batch) &&
    (createdAfter === undefined || record.created_at > createdAfter) &&
    (createdBefore === undefined || record.created_at < createdBefore) &&
    (before === undefined || record.id < before.id)
  )
}

/** Unfinished jobs as Redis knows them; those that so turn out not to be of the status asked for are left out. */
async function withNews(page: JobRecord[], { status }: JobQuery, { jobEvents }: ListJobsDeps) {
  const unfinished = page.filter(({ done }) => !done).map(({ id }) => id)
  if (unfinished.length === 0) return page
  const hot = await jobEvents.latestOf(unfinished).catch(() => [])
  const news = new Map(hot.flatMap((record) => (record ? [[record.id, record] as const] : [])))
  return page
    .map((record) => news.get(record.id) ?? record)
    .filter((record) => status === undefined || record.status === status)
}
