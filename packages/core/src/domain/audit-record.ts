import { z } from 'zod'
import { newJobId } from './ids.ts'

/** What administrators do that is worth knowing later. */
export const AuditAction = z.enum([
  'key.created',
  'key.rotated',
  'key.revoked',
  'dead.replayed',
  'alias.pointed',
  'alias.removed',
  'client.erased',
])
export type AuditAction = z.output<typeof AuditAction>

/** One act of an administrator. Recorded before it is done, so one that then failed has a record too. */
export const AuditRecord = z
  .object({
    id: z.string(),
    object: z.literal('audit_record'),
    created_at: z.string(),
    action: AuditAction,
    target: z
      .string()
      .describe('What it was done to: the id of a key, of a job, a model and its alias, a client.'),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.null(), z.array(z.string())])),
    client: z.string().describe('Who did it.'),
    key_id: z.string().nullable().describe('With which API key; null: with other credentials, or none.'),
    user_ip: z.string().nullable().describe('From where, as far as `USER_IP` lets it be known.'),
    request_id: z.string(),
    expires_at: z.string(),
  })
  .meta({ id: 'AuditRecord' })
export type AuditRecord = z.output<typeof AuditRecord>

export type AuditAct = Pick<AuditRecord, 'action' | 'target'> & Partial<Pick<AuditRecord, 'details'>>

export function createAuditRecord(
  { action, target, details = {} }: AuditAct,
  by: Pick<AuditRecord, 'client' | 'key_id' | 'user_ip' | 'request_id'>,
  { at, retentionSeconds }: { at: Date; retentionSeconds: number },
): AuditRecord {
  return {
    id: newJobId(),
    object: 'audit_record',
    created_at: at.toISOString(),
    action,
    target,
    details,
    ...by,
    expires_at: new Date(at.getTime() + retentionSeconds * 1000).toISOString(),
  }
}
