import { JobRecord } from '../domain/job.ts'
import type { ImageStore } from '../images/image-store.ts'
import type { CosmosDatabase } from './cosmos-database.ts'
import { createCosmosItems, type Select } from './cosmos-items.ts'
import { createLargePredictions, type JobItem } from './cosmos-large-predictions.ts'
import type { JobQuery, JobStore } from './job-store.ts'
import { finishStoredJob, noteDelivery } from './stored-job.ts'

export function createCosmosJobs(
  database: CosmosDatabase,
  imageStore: Pick<ImageStore, 'putRender' | 'getRender'>,
): Omit<JobStore, 'check' | 'close'> {
  const large = createLargePredictions(imageStore)
  const jobs = createCosmosItems<JobItem>(database, 'jobs', { expiresAt: (job) => job.expires_at })
  const deliveries = createCosmosItems(database, 'deliveries')

  return {
    async create(record) {
      return jobs.create(await large.toItem(record))
    },

    async get(id) {
      const item = await jobs.read(id)
      return item && large.toRecord(item)
    },

    async finish(id, outcome, running) {
      const finish = (stored: JobItem) =>
        stored.done ? undefined : large.toItem(finishStoredJob(stored, outcome, running))
      const updated = await jobs.update(id, finish)
      return updated && { record: await large.toRecord(updated.item), accepted: updated.changed }
    },

    list({ limit, ...query }) {
      return find({ ...toConditions(query), orderBy: 'c.client ASC, c.created_at DESC, c.id DESC', limit })
    },

    listUnfinished({ createdBefore, after, limit }) {
      const { createdAt, id } = after ?? { createdAt: '', id: '' }
      return find({
        where: `c.done = false AND c.created_at < @before AND c.created_at >= @createdAt
          AND (c.created_at > @createdAt OR c.id > @id)`,
        values: { before: createdBefore.toISOString(), createdAt, id },
        orderBy: 'c.done ASC, c.created_at ASC, c.id ASC',
        limit,
      })
    },

    listPastDeadline({ now, limit }) {
      return find({
        where: 'c.done = false AND c.deadline_at <= @now',
        values: { now: now.toISOString() },
        orderBy: 'c.deadline_at ASC',
        limit,
      })
    },

    listDead({ before, limit }) {
      const conditions = ['c.dead = true', before && BEFORE]
      return find({
        where: conditions.filter(Boolean).join(' AND '),
        values: { beforeCreatedAt: before?.createdAt, beforeId: before?.id },
        orderBy: 'c.dead ASC, c.created_at DESC, c.id DESC',
        limit,
      })
    },

    listSucceeded({ model, limit }) {
      return find({
        where: "c.status = 'succeeded' AND c.model.name = @model",
        values: { model },
        orderBy: 'c.created_at DESC',
        limit,
      })
    },

    async dismissDead(id) {
      const updated = await jobs.update(id, (stored) =>
        stored.dead ? { ...stored, dead: false } : undefined,
      )
      return updated?.changed ?? false
    },

    listExpired({ now, limit }) {
      return find({
        where: 'c.expires_at <= @now',
        values: { now: now.toISOString() },
        orderBy: 'c.expires_at ASC',
        limit,
      })
    },

    async recordDelivery(id, delivery) {
      await jobs.update(id, (stored) => noteDelivery(stored, delivery))
    },

    async delete(id) {
      await deliveries.deleteAll({ where: 'c.job_id = @id', values: { id } })
      await jobs.delete(id)
    },
  }

  async function find(select: Omit<Select, 'fields'>): Promise<JobRecord[]> {
    const listed = await jobs.find({ ...select, fields: LISTED_FIELDS })
    return listed.map((fields) => ({ ...fields, stored_prediction: null }))
  }
}

/** What lists show: not `stored_prediction`, nor what Cosmos DB adds. */
const LISTED_FIELDS = Object.keys(JobRecord.shape)
  .filter((field) => field !== 'stored_prediction')
  .map((field) => `c["${field}"]`)
  .join(', ')

/** The second half alone would say it, but only a plain range is looked up in the index. */
const BEFORE = 'c.created_at <= @beforeCreatedAt AND (c.created_at < @beforeCreatedAt OR c.id < @beforeId)'

function toConditions({ before, ...query }: Omit<JobQuery, 'limit'>): Pick<Select, 'where' | 'values'> {
  const conditions = [
    'c.client = @client',
    before && BEFORE,
    query.status && 'c.status = @status',
    query.model && 'c.model.name = @model',
    query.tag !== undefined && 'ARRAY_CONTAINS(c.tags, @tag)',
    query.batch !== undefined && 'c.batch = @batch',
    query.createdAfter && 'c.created_at > @createdAfter',
    query.createdBefore && 'c.created_at < @createdBefore',
  ]
  const { client, status, model, tag, batch, createdAfter, createdBefore } = query
  const cursor = { beforeCreatedAt: before?.createdAt, beforeId: before?.id }
  return {
    where: conditions.filter(Boolean).join(' AND '),
    values: { client, status, model, tag, batch, createdAfter, createdBefore, ...cursor },
  }
}
