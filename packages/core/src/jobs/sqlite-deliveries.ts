import type { SQLOutputValue } from 'node:sqlite'
import type { DeliveryRecord } from '../domain/delivery.ts'
import type { DeliveryStore, Receiver, WebhookSecrets } from './delivery-store.ts'
import type { SqliteDatabase } from './sqlite-database.ts'
import { dueAt, noteTry, validSecrets } from './stored-delivery.ts'

/** Deliveries in SQLite: each whole in `document`; the other columns repeat what queries look for. */
export function createSqliteDeliveries(database: SqliteDatabase): DeliveryStore {
  const statements = prepareStatements(database)

  return {
    createDelivery(delivery) {
      const { id, client, job_id, batch_id, created_at, expires_at } = delivery
      const columns = [id, client, job_id, batch_id, created_at, dueAt(delivery), expires_at]
      return database.write(() => statements.insert.run(...columns, JSON.stringify(delivery)).changes === 1)
    },

    getDelivery(id) {
      return database.read(() => find(id))
    },

    recordTry(id, made, next) {
      return database.write(() => {
        const stored = find(id)
        if (!stored) return
        const noted = noteTry(stored, made, next)
        statements.replace.run(dueAt(noted), JSON.stringify(noted), id)
      })
    },

    listDeliveries(jobId) {
      return database.read(() => statements.ofJob.all(jobId).map(toDelivery))
    },

    listClientDeliveries({ client, before, limit }) {
      const { createdAt, id } = before ?? { createdAt: LAST, id: LAST }
      return database.read(() => statements.ofClient.all(client, createdAt, id, limit).map(toDelivery))
    },

    listDueDeliveries({ dueBefore, after, limit }) {
      const { nextTryAt, id } = after ?? { nextTryAt: '', id: '' }
      const values = [dueBefore.toISOString(), nextTryAt, id, limit]
      return database.read(() => statements.due.all(...values).map(toDelivery))
    },

    sweepDeliveries(now) {
      return database.write(() => Number(statements.sweep.run(now.toISOString()).changes))
    },

    getReceiver(client, url) {
      return database.read(() => {
        const row = statements.findReceiver.get(client, url)
        return row && toReceiver(row)
      })
    },

    async setReceiver(client, url, { failingSince, disabledAt, reason }) {
      const values = [client, url, failingSince, disabledAt, reason]
      await database.write(() => statements.putReceiver.run(...values))
    },

    async webhookSecrets(client, makeSecret) {
      const kept = await database.read(() => findSecrets(client))
      if (kept) return kept
      return database.write(() => {
        statements.insertSecret.run(client, makeSecret())
        return findSecrets(client) as WebhookSecrets
      })
    },

    rotateWebhookSecret(client, secret, previousUntil) {
      return database.write(() => {
        const { changes } = statements.rotateSecret.run(secret, previousUntil, client)
        if (changes === 0) statements.insertSecret.run(client, secret)
        return findSecrets(client) as WebhookSecrets
      })
    },
  }

  function find(id: string): DeliveryRecord | undefined {
    const row = statements.find.get(id)
    return row && toDelivery(row)
  }

  function findSecrets(client: string): WebhookSecrets | undefined {
    const row = statements.findSecrets.get(client)
    return row && validSecrets(toSecrets(row))
  }
}

/** Sorts behind every time and every id. */
const LAST = '~'

function prepareStatements(database: SqliteDatabase) {
  return {
    insert: database.prepare(
      `INSERT INTO deliveries (id, client, job_id, batch_id, created_at, due_at, expires_at, document)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    ),
    find: database.prepare('SELECT document FROM deliveries WHERE id = ?'),
    replace: database.prepare('UPDATE deliveries SET due_at = ?, document = ? WHERE id = ?'),
    ofJob: database.prepare('SELECT document FROM deliveries WHERE job_id = ? ORDER BY created_at, id'),
    ofClient: database.prepare(
      'SELECT document FROM deliveries WHERE client = ? AND (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?',
    ),
    due: database.prepare(
      'SELECT document FROM deliveries WHERE due_at < ? AND (due_at, id) > (?, ?) ORDER BY due_at, id LIMIT ?',
    ),
    sweep: database.prepare('DELETE FROM deliveries WHERE expires_at <= ?'),
    findReceiver: database.prepare(
      'SELECT failing_since, disabled_at, reason FROM receivers WHERE client = ? AND url = ?',
    ),
    putReceiver: database.prepare('INSERT OR REPLACE INTO receivers VALUES (?, ?, ?, ?, ?)'),
    findSecrets: database.prepare(
      'SELECT "current", previous, previous_until FROM webhook_secrets WHERE client = ?',
    ),
    insertSecret: database.prepare(
      'INSERT INTO webhook_secrets (client, "current") VALUES (?, ?) ON CONFLICT (client) DO NOTHING',
    ),
    rotateSecret: database.prepare(
      'UPDATE webhook_secrets SET previous = "current", "current" = ?, previous_until = ? WHERE client = ?',
    ),
  }
}

type Row = Record<string, SQLOutputValue>

function toDelivery({ document }: Row): DeliveryRecord {
  return JSON.parse(String(document))
}

function toReceiver({ failing_since, disabled_at, reason }: Row): Receiver {
  return { failingSince: toText(failing_since), disabledAt: toText(disabled_at), reason: toText(reason) }
}

function toSecrets({ current, previous, previous_until }: Row): WebhookSecrets {
  return { current: String(current), previous: toText(previous), previousUntil: toText(previous_until) }
}

function toText(value: SQLOutputValue | undefined): string | null {
  return typeof value === 'string' ? value : null
}
