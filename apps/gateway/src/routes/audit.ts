import type { AuditLog } from '@lupa/core/clients/audit-log'
import { AuditRecord } from '@lupa/core/domain/audit-record'
import { z } from 'zod'
import type { App } from '../app-type.ts'
import { PageParameters, readCursor, toPage } from '../cursor.ts'
import { problems } from '../plugins/openapi.ts'

const AuditList = z
  .object({ object: z.literal('list'), data: z.array(AuditRecord), next_cursor: z.string().nullable() })
  .meta({ id: 'AuditList' })

export function listAudit(app: App, { log }: { log: AuditLog }): void {
  app.get(
    '/v1/audit',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'listAudit',
        tags: ['keys'],
        summary: 'See what administrators did',
        description:
          'Keys made, rotated and revoked, dead letters replayed, aliases moved, clients erased: the newest first, recorded ' +
          'before each was done, and never changed.',
        querystring: PageParameters,
        response: { 200: AuditList, ...problems(400, 401, 503) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const before = cursor === undefined ? undefined : readCursor(cursor)
      const found = await log.listAuditRecords({ before, limit: limit + 1 })
      const { page, nextCursor } = toPage(found, limit)
      return { object: 'list' as const, data: page, next_cursor: nextCursor }
    },
  )
}
