import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSqliteJobStore } from '../../src/jobs/sqlite-job-store.ts'
import { describeJobStore } from '../contracts/job-store.ts'

describeJobStore('The SQLite job store', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-jobs-'))
  const store = createSqliteJobStore({ file: join(directory, 'jobs.sqlite'), synchronous: 'NORMAL' })
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close()
      rmSync(directory, { recursive: true })
    },
  }
})
