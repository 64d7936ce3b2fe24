import { once } from 'node:events'
import { createServer } from 'node:net'
import { CosmosClient } from '@azure/cosmos'
import { describe, expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { createCosmosRecordStore } from '../../src/jobs/cosmos-record-store.ts'
import { describeApiKeyStore } from '../contracts/api-key-store.ts'
import { describeAuditLog } from '../contracts/audit-log.ts'
import { describeBatchStore } from '../contracts/batch-store.ts'
import { describeDeliveryStore } from '../contracts/delivery-store.ts'
import { describeErasureStore } from '../contracts/erasure-store.ts'
import { describeJobStore } from '../contracts/job-store.ts'
import { describeKeyStore } from '../contracts/key-store.ts'
import { describeModelAliasStore } from '../contracts/model-alias-store.ts'
import { aJobRecord, aSuccess } from '../job-records.ts'
import { startCosmosServer } from '../services/cosmos-server.ts'
import { freePort } from '../services/redis-server.ts'

const KEY = Buffer.from('any').toString('base64')

describeJobStore('The Cosmos record store', openStore)
describeDeliveryStore('The Cosmos record store', openStore)
describeBatchStore('The Cosmos record store', openStore)
describeKeyStore('The Cosmos record store', openStore)
describeApiKeyStore('The Cosmos record store', openStore)
describeAuditLog('The Cosmos record store', openStore)
describeErasureStore('The Cosmos record store', openStore)
describeModelAliasStore('The Cosmos record store', openStore)

describe('The Cosmos record store', () => {
  test('two processes that make the same database at once agree', async () => {
    await using cosmos = await startCosmosServer()
    const { endpoint, key } = cosmos
    const options = { endpoint, key, database: 'lupa', createIfMissing: true }
    const [first, second] = [createCosmosRecordStore(options), createCosmosRecordStore(options)]
    const records = Array.from({ length: 10 }, () => aJobRecord())
    await Promise.all(records.map((record, index) => (index % 2 ? first : second).create(record)))
    expect((await first.list({ client: 'ana', limit: 50 })).length).toBe(10)
    await Promise.all([first.close(), second.close()])
  })

  test('the seven columns are fields of the item, which goes by itself a week after its time', async () => {
    await using cosmos = await startCosmosServer()
    const { endpoint, key } = cosmos
    const store = createCosmosRecordStore({ endpoint, key, database: 'lupa', createIfMissing: true })
    const record = aJobRecord({ retentionSeconds: 3600 })
    await store.create(record)
    const finished = await store.finish(record.id, aSuccess(record, 'fechada', 0.5))
    const client = new CosmosClient({ endpoint, key, connectionPolicy: { enableEndpointDiscovery: false } })
    const { resource } = await client.database('lupa').container('jobs').item(record.id, record.id).read()
    expect(resource).toMatchObject({
      request_id: record.id,
      image_name: 'garrafa.jpg',
      prediction: 'fechada',
      confidence: 0.5,
      timestamp: record.created_at,
      processing_time: finished?.record.processing_time,
      user_ip: '203.0.113.7',
    })
    expect(resource.ttl).toBeGreaterThan(7 * 86_400 + 3500)
    expect(resource.ttl).toBeLessThanOrEqual(7 * 86_400 + 3600)
    client.dispose()
    await store.close()
  })

  test('a database that is missing is told, and used once it is there', async () => {
    await using cosmos = await startCosmosServer()
    const { endpoint, key } = cosmos
    const store = createCosmosRecordStore({ endpoint, key, database: 'lupa' })
    const missing = { code: 'store_unavailable', message: expect.stringContaining('Create them') }
    await expect(store.get(newJobId())).rejects.toMatchObject(missing)
    await expect(store.check()).rejects.toMatchObject(missing)
    const maker = createCosmosRecordStore({ endpoint, key, database: 'lupa', createIfMissing: true })
    await maker.check()
    await expect(store.get(newJobId())).resolves.toBeUndefined()
    await Promise.all([store.close(), maker.close()])
  })

  test('a service that is away is told with its address and without the key', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`
    const store = createCosmosRecordStore({ endpoint, key: KEY, database: 'lupa', timeoutMs: 2000 })
    const refusal = await store.create(aJobRecord()).catch((error) => error)
    expect(refusal).toMatchObject({ code: 'store_unavailable', retryable: true, cause: expect.any(Error) })
    expect(refusal.message).toContain(endpoint)
    expect(refusal.message).not.toContain(KEY)
    await store.close()
  })

  test('a service that takes the connection and never answers is given up', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    const store = createCosmosRecordStore({
      endpoint: `http://127.0.0.1:${port}`,
      key: KEY,
      database: 'lupa',
      timeoutMs: 300,
    })
    await expect(store.get(newJobId())).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('within 0.3 s'),
    })
    await store.close()
    silent.close()
  })
})

async function openStore() {
  const cosmos = await startCosmosServer()
  const { endpoint, key } = cosmos
  const store = createCosmosRecordStore({ endpoint, key, database: 'lupa', createIfMissing: true })
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close()
      await cosmos[Symbol.asyncDispose]()
    },
  }
}
