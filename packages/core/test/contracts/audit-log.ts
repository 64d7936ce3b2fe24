import { describe, expect, test } from 'vitest'
import { type AuditRecord, createAuditRecord } from '../../src/domain/audit-record.ts'
import type { RecordStore } from '../../src/jobs/record-store.ts'
import { openedStore } from './opened-store.ts'

/** What every audit log promises. */
export function describeAuditLog(
  name: string,
  openStore: () => Promise<{ store: RecordStore } & AsyncDisposable>,
): void {
  describe(`${name} keeps its promises about the audit log`, () => {
    const store = openedStore(openStore)

    test('records are listed the newest first, in pages, as they were added', async () => {
      const records = Array.from({ length: 5 }, (_, at) => aRecord(new Date(Date.UTC(2100, 0, 1, 0, 0, at))))
      for (const record of records) await store.addAuditRecord(record)
      const first = await store.listAuditRecords({ limit: 3 })
      expect(first).toEqual(records.toReversed().slice(0, 3))
      const { created_at: createdAt, id } = first[2] as AuditRecord
      expect(await store.listAuditRecords({ before: { createdAt, id }, limit: 2 })).toEqual(
        records.toReversed().slice(3),
      )
    })

    test('records past their time are swept, the rest stay', async () => {
      const over = aRecord(new Date('1990-01-01T00:00:00.000Z'))
      const kept = aRecord(new Date('1990-01-01T00:00:00.001Z'))
      for (const record of [over, kept]) await store.addAuditRecord(record)
      expect(await store.sweepAuditRecords(new Date(over.expires_at))).toBe(1)
      expect(await store.sweepAuditRecords(new Date(over.expires_at))).toBe(0)
      const left = await store.listAuditRecords({ limit: 100 })
      expect(left).toContainEqual(kept)
      expect(left).not.toContainEqual(over)
    })
  })
}

function aRecord(at: Date): AuditRecord {
  return createAuditRecord(
    { action: 'key.created', target: '0123456789', details: { client: 'line-3', scopes: ['jobs:write'] } },
    { client: 'basic:ana', key_id: null, user_ip: '203.0.113.7', request_id: 'r-1' },
    { at, retentionSeconds: 86_400 },
  )
}
