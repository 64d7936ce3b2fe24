import { API_KEYS_IN_TEXT } from '@lupa/core/clients/api-key-text'
import type { AuditLog } from '@lupa/core/clients/audit-log'
import { type AuditAct, createAuditRecord } from '@lupa/core/domain/audit-record'
import type { FastifyRequest } from 'fastify'
import type { Breakers } from './breaker.ts'
import type { UserIpMode } from './config.ts'
import { callerOf } from './plugins/auth.ts'
import { toUserIp } from './user-ip.ts'

/** Records what an administrator is about to do. When this rejects, it must not be done. */
export type Audit = (request: FastifyRequest, act: AuditAct) => Promise<void>

export function createAudit({
  log,
  breakers,
  config,
}: {
  log: AuditLog
  breakers: Breakers
  config: { auditRetentionSeconds: number; userIp: UserIpMode }
}): Audit {
  return async function audit(request, act) {
    const { client, keyId } = callerOf(request)
    const target = act.target.slice(0, 200).replace(API_KEYS_IN_TEXT, 'lupa_(hidden)')
    const record = createAuditRecord(
      { ...act, target },
      { client, key_id: keyId, user_ip: toUserIp(request.ip, config.userIp), request_id: request.id },
      { at: new Date(), retentionSeconds: config.auditRetentionSeconds },
    )
    await breakers.jobStore.watch(() => log.addAuditRecord(record))
    const { action, details } = record
    request.log.info(
      { audit: true, action, target, details, client, key_id: keyId },
      'act of an administrator',
    )
  }
}
