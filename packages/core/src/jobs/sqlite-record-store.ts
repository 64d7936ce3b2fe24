import type { RecordStore } from './record-store.ts'
import { createSqliteAliases } from './sqlite-aliases.ts'
import { createSqliteApiKeys } from './sqlite-api-keys.ts'
import { createSqliteAudit } from './sqlite-audit.ts'
import { createSqliteBatches } from './sqlite-batches.ts'
import { openSqliteDatabase, type SqliteOptions } from './sqlite-database.ts'
import { createSqliteDeliveries } from './sqlite-deliveries.ts'
import { createSqliteErasures } from './sqlite-erasures.ts'
import { createSqliteJobs } from './sqlite-jobs.ts'
import { createSqliteKeys } from './sqlite-keys.ts'

/** All records in one SQLite file, shared by the processes of one machine. */
export function createSqliteRecordStore(options: SqliteOptions): RecordStore {
  const database = openSqliteDatabase(options)
  return {
    ...createSqliteJobs(database),
    ...createSqliteDeliveries(database),
    ...createSqliteBatches(database),
    ...createSqliteKeys(database),
    ...createSqliteApiKeys(database),
    ...createSqliteAudit(database),
    ...createSqliteAliases(database),
    ...createSqliteErasures(database),
    check: () => database.check(),
    close: () => database.close(),
  }
}
