import type { SQLOutputValue } from 'node:sqlite'
import type { HeldClaim, KeyStore } from './key-store.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

export function createSqliteKeys(database: SqliteDatabase): KeyStore {
  const statements = prepareStatements(database)

  return {
    claimKey(claim) {
      const { client, key, fingerprint, jobId, claimedAt, expiresAt } = claim
      return database.write(() => {
        const { changes } = statements.claim.run(client, key, fingerprint, jobId, claimedAt, expiresAt)
        return changes === 1 ? { ...claim, erased: false } : toClaim(statements.find.get(client, key) as Row)
      })
    },

    async releaseKey(client, key, jobId) {
      await database.write(() => statements.release.run(client, key, jobId))
    },

    async noteErased(jobId) {
      await database.write(() => statements.noteErased.run(jobId))
    },

    sweepKeys(now) {
      return database.write(() => Number(statements.sweep.run(now.toISOString()).changes))
    },
  }
}

function prepareStatements(database: SqliteDatabase) {
  return {
    claim: database.prepare(
      `INSERT INTO idempotency_keys AS held (client, key, fingerprint, job_id, claimed_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (client, key) DO UPDATE SET fingerprint = excluded.fingerprint,
         job_id = excluded.job_id, claimed_at = excluded.claimed_at, expires_at = excluded.expires_at,
         erased = 0
       WHERE held.expires_at <= excluded.claimed_at`,
    ),
    find: database.prepare('SELECT * FROM idempotency_keys WHERE client = ? AND key = ?'),
    release: database.prepare('DELETE FROM idempotency_keys WHERE client = ? AND key = ? AND job_id = ?'),
    noteErased: database.prepare('UPDATE idempotency_keys SET erased = 1 WHERE job_id = ?'),
    sweep: database.prepare('DELETE FROM idempotency_keys WHERE expires_at <= ?'),
  }
}

type Row = Record<string, SQLOutputValue>

function toClaim(row: Row): HeldClaim {
  return {
    client: String(row.client),
    key: String(row.key),
    fingerprint: String(row.fingerprint),
    jobId: String(row.job_id),
    claimedAt: String(row.claimed_at),
    expiresAt: String(row.expires_at),
    erased: row.erased === 1,
  }
}
