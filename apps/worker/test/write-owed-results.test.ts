import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newJobId } from '@lupa/core/domain/ids'
import { createAzureBlobInbox } from '@lupa/core/inbox/azure-blob-inbox'
import { leavingResults } from '@lupa/core/inbox/write-inbox-result'
import { createSqliteRecordStore } from '@lupa/core/jobs/sqlite-record-store'
import { createLogger } from '@lupa/core/runtime/logger'
import { expect, test } from 'vitest'
import { aJobRecord, aSuccess } from '../../../packages/core/test/job-records.ts'
import { azuriteConnectionString, startAzurite } from '../../../packages/core/test/services/azurite-server.ts'
import { blobContainer } from '../../../packages/core/test/services/blob-container.ts'
import { freePort } from '../../../packages/core/test/services/redis-server.ts'
import { createWriteOwedResults } from '../src/write-owed-results.ts'

const SILENT = createLogger('test', { level: 'silent', pretty: false })

test('a result that could not be written when its job ended is written later; what is erased is forgotten', async () => {
  await using stack = new AsyncDisposableStack()
  const { connectionString } = stack.use(await startAzurite())
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-owed-'))
  stack.defer(() => rmSync(directory, { recursive: true }))
  const jobStore = createSqliteRecordStore({ file: join(directory, 'jobs.sqlite'), synchronous: 'NORMAL' })
  stack.defer(() => jobStore.close())
  const inbox = createAzureBlobInbox({ connectionString, container: 'inbox' })

  const ended = { ...aJobRecord(), inbox: 'ended.jpg' }
  const waiting = { ...aJobRecord(), inbox: 'waiting.jpg' }
  for (const record of [ended, waiting]) {
    await jobStore.create(record)
    await inbox.owe(record.id)
  }
  await inbox.owe(newJobId())
  const finished = await jobStore.finish(ended.id, aSuccess(ended))

  const nowhere = azuriteConnectionString(`http://127.0.0.1:${await freePort()}`)
  const away = createAzureBlobInbox({ connectionString: nowhere, container: 'inbox' })
  const told: string[] = []
  const tell = leavingResults(async ({ id }) => void told.push(id), { inbox: away, logger: SILENT })
  await tell(finished?.record ?? ended)
  expect(told).toEqual([ended.id])

  await createWriteOwedResults({ inbox, jobStore }).run(async () => {})

  const container = blobContainer(connectionString, 'inbox')
  const written = String(await container.getBlobClient('ended.jpg.lupa.json').downloadToBuffer())
  expect(JSON.parse(written)).toMatchObject({ id: ended.id, status: 'succeeded' })
  expect(JSON.parse(written)).not.toHaveProperty('inbox')
  expect(await inbox.listOwed({})).toEqual({ jobIds: [waiting.id], next: undefined })
})
