import type { BatchRecord } from '../domain/batch.ts'
import { JobStatus } from '../domain/job.ts'
import type { BatchStore } from './batch-store.ts'
import type { CosmosDatabase } from './cosmos-database.ts'
import { createCosmosItems } from './cosmos-items.ts'

export function createCosmosBatches(database: CosmosDatabase): BatchStore {
  const batches = createCosmosItems<BatchRecord>(database, 'batches', {
    expiresAt: (batch) => batch.expires_at,
  })
  const jobs = createCosmosItems(database, 'jobs')
  const deliveries = createCosmosItems(database, 'deliveries')

  return {
    createBatch(batch) {
      return batches.create(batch)
    },

    getBatch(id) {
      return batches.read(id)
    },

    async completeBatch(id, refused, total) {
      await batches.update(id, (stored) => ({ ...stored, complete: true, refused, total }))
    },

    async finishBatch(id, { finishedAt, counts }) {
      const finish = (stored: BatchRecord) =>
        stored.complete && !stored.done
          ? { ...stored, done: true, finished_at: finishedAt, counts }
          : undefined
      return (await batches.update(id, finish))?.changed ?? false
    },

    // One count per status, each from the index alone: the stand-in for Cosmos DB knows no GROUP BY.
    async countBatch(id) {
      const counting = JobStatus.options.map(async (status) => {
        const count = await jobs.count({
          where: 'c.batch = @id AND c.status = @status',
          values: { id, status },
        })
        return [status, count] as const
      })
      return Object.fromEntries((await Promise.all(counting)).filter(([, count]) => count > 0))
    },

    listUnfinishedBatches({ createdBefore, limit }) {
      return batches.find({
        where: 'c.done = false AND c.created_at < @before',
        values: { before: createdBefore.toISOString() },
        orderBy: 'c.done ASC, c.created_at ASC, c.id ASC',
        limit,
      })
    },

    listExpiredBatches({ now, limit }) {
      return batches.find({
        where: 'c.expires_at <= @now',
        values: { now: now.toISOString() },
        orderBy: 'c.expires_at ASC, c.id ASC',
        limit,
      })
    },

    async deleteBatch(id) {
      await deliveries.deleteAll({ where: 'c.batch_id = @id', values: { id } })
      await batches.delete(id)
    },
  }
}
