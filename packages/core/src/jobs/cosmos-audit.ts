import type { AuditLog } from '../clients/audit-log.ts'
import type { AuditRecord } from '../domain/audit-record.ts'
import type { CosmosDatabase } from './cosmos-database.ts'
import { createCosmosItems } from './cosmos-items.ts'

type AuditItem = AuditRecord & { kind: 'audit' }

export function createCosmosAudit(database: CosmosDatabase): AuditLog {
  const records = createCosmosItems<AuditItem>(database, 'admin', {
    expiresAt: ({ expires_at }) => expires_at,
  })

  return {
    async addAuditRecord(record) {
      await records.create({ ...record, kind: 'audit' })
    },

    async listAuditRecords({ before, limit }) {
      const page = before && 'c.created_at <= @createdAt AND (c.created_at < @createdAt OR c.id < @id)'
      const found = await records.find({
        where: [`c.kind = 'audit'`, page].filter(Boolean).join(' AND '),
        values: { createdAt: before?.createdAt, id: before?.id },
        orderBy: 'c.kind ASC, c.created_at DESC, c.id DESC',
        limit,
      })
      return found.map(({ kind, ...record }) => record)
    },

    sweepAuditRecords(now) {
      const where = `c.kind = 'audit' AND c.expires_at <= @now`
      return records.deleteAll({ where, values: { now: now.toISOString() } })
    },
  }
}
