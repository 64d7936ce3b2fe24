import { toLupaError } from '../../src/domain/errors.ts'
import { createSqliteRecordStore } from '../../src/jobs/sqlite-record-store.ts'
import { aJobRecord } from '../job-records.ts'

// Creates jobs in the file named first, as many as the second argument says, several at a time. Prints
// the id of each once the store has accepted it, and at the end the code of the error, if one came.
const [file, count] = process.argv.slice(2)
const store = createSqliteRecordStore({ file: file as string, synchronous: 'NORMAL' })
const AT_ONCE = 8

try {
  for (let begun = 0; begun < Number(count); begun += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, createOne))
  }
} catch (error) {
  process.stdout.write(`${toLupaError(error).code}\n`)
}
await store.close()

async function createOne(): Promise<void> {
  const record = aJobRecord({ imageName: 'x'.repeat(2000) })
  await store.create(record)
  process.stdout.write(`${record.id}\n`)
}
