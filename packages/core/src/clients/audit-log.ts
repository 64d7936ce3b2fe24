import type { AuditRecord } from '../domain/audit-record.ts'

/** What administrators did. Records are added, and go when their time is over; nothing changes one. */
export interface AuditLog {
  addAuditRecord(record: AuditRecord): Promise<void>
  /** The newest first. */
  listAuditRecords(page: {
    before?: { createdAt: string; id: string } | undefined
    limit: number
  }): Promise<AuditRecord[]>
  /** Removes records that expired before `now`; resolves to how many. */
  sweepAuditRecords(now: Date): Promise<number>
}
