import { newJobId } from '../../src/domain/ids.ts'
import { createSqliteRecordStore } from '../../src/jobs/sqlite-record-store.ts'

// Claims as many keys as the second argument says in the file named first, and prints whose job each stands for.
const [file, count] = process.argv.slice(2)
const store = createSqliteRecordStore({ file: file as string, synchronous: 'NORMAL' })

for (let index = 0; index < Number(count); index++) {
  const { jobId } = await store.claimKey({
    client: 'ana',
    key: `key-${index}`,
    fingerprint: '',
    jobId: newJobId(),
    claimedAt: new Date().toISOString(),
    expiresAt: '2100-01-01T00:00:00.000Z',
  })
  process.stdout.write(`${jobId}\n`)
}
await store.close()
