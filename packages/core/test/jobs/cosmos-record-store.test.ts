import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, request as sendHttp } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CosmosClient } from '@azure/cosmos'
import { GenericContainer, type StartedTestContainer } from 'testcontainers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LupaError } from '../../src/domain/errors.ts'
import { newJobId } from '../../src/domain/ids.ts'
import { createFolderImageStore } from '../../src/images/folder-image-store.ts'
import type { CosmosCharge } from '../../src/jobs/cosmos-database.ts'
import { createCosmosRecordStore } from '../../src/jobs/cosmos-record-store.ts'
import { describeApiKeyStore } from '../contracts/api-key-store.ts'
import { describeAuditLog } from '../contracts/audit-log.ts'
import { describeBatchStore } from '../contracts/batch-store.ts'
import { describeDeliveryStore } from '../contracts/delivery-store.ts'
import { describeErasureStore } from '../contracts/erasure-store.ts'
import { describeJobStore } from '../contracts/job-store.ts'
import { describeKeyStore } from '../contracts/key-store.ts'
import { describeModelAliasStore } from '../contracts/model-alias-store.ts'
import { aDetectSuccess, aJobRecord, aSuccess } from '../job-records.ts'
import { startCosmosServer } from '../services/cosmos-server.ts'
import { hasDockerImage } from '../services/docker-image.ts'
import { freePort } from '../services/redis-server.ts'

// The container is stopped by its test; the reaper's own image need not be there as well.
process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true'

const COSMOS_PORT = 8081
/** The same everywhere: https://learn.microsoft.com/azure/cosmos-db/emulator */
const EMULATOR_KEY =
  'C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=='
const KEY = Buffer.from('any').toString('base64')

const directory = mkdtempSync(join(tmpdir(), 'lupa-test-cosmos-'))
const imageStore = createFolderImageStore({ directory })
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function storeIn({ endpoint, key }: { endpoint: string; key: string }) {
  return createCosmosRecordStore({ imageStore, endpoint, key, database: 'lupa', createIfMissing: true })
}

describeJobStore('The Cosmos record store', openStore)
describeDeliveryStore('The Cosmos record store', openStore)
describeBatchStore('The Cosmos record store', openStore)
describeKeyStore('The Cosmos record store', openStore)
describeApiKeyStore('The Cosmos record store', openStore)
describeAuditLog('The Cosmos record store', openStore)
describeErasureStore('The Cosmos record store', openStore)
describeModelAliasStore('The Cosmos record store', openStore)

// The official emulator, and what docker-compose.yml has in its place where that is not to be had.
for (const image of [
  'mcr.microsoft.com/cosmosdb/linux/azure-cosmos-emulator:vnext-latest',
  'lupa-cosmos-stand-in',
]) {
  describe.skipIf(!hasDockerImage(image))(`with a Docker engine: ${image}`, () => {
    let container: StartedTestContainer
    beforeAll(async () => {
      container = await new GenericContainer(image)
        .withEnvironment({ PROTOCOL: 'http', ENABLE_EXPLORER: 'false' })
        .withExposedPorts(COSMOS_PORT)
        .start()
    }, 120_000)
    afterAll(async () => {
      await container.stop()
    })

    const openInContainer = async () => {
      const endpoint = `http://${container.getHost()}:${container.getMappedPort(COSMOS_PORT)}`
      // A database of its own each time: starting a container for every test would take minutes.
      const database = `lupa-${newJobId()}`
      const store = createCosmosRecordStore({
        imageStore,
        endpoint,
        key: EMULATOR_KEY,
        database,
        createIfMissing: true,
      })
      return { store, [Symbol.asyncDispose]: () => store.close() }
    }
    describeJobStore('The Cosmos record store in a container', openInContainer)
    describeDeliveryStore('The Cosmos record store in a container', openInContainer)
    describeBatchStore('The Cosmos record store in a container', openInContainer)
    describeKeyStore('The Cosmos record store in a container', openInContainer)
  })
}

describe('The Cosmos record store', () => {
  test('two processes that make the same database at once agree', async () => {
    await using cosmos = await startCosmosServer()
    const { endpoint, key } = cosmos
    const options = { imageStore, endpoint, key, database: 'lupa', createIfMissing: true }
    const [first, second] = [createCosmosRecordStore(options), createCosmosRecordStore(options)]
    const records = Array.from({ length: 10 }, () => aJobRecord())
    await Promise.all(records.map((record, index) => (index % 2 ? first : second).create(record)))
    expect((await first.list({ client: 'ana', limit: 50 })).length).toBe(10)
    await Promise.all([first.close(), second.close()])
  })

  test('the seven columns are fields of the item, which goes by itself a week after its time', async () => {
    await using cosmos = await startCosmosServer()
    const { endpoint, key } = cosmos
    const store = storeIn(cosmos)
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

  test('a large prediction lies beside the image, not in the item, and goes with the image', async () => {
    await using cosmos = await startCosmosServer()
    const { endpoint, key } = cosmos
    const store = storeIn(cosmos)
    const record = aJobRecord()
    await store.create(record)
    const finished = await store.finish(record.id, aDetectSuccess(record, 30_000))
    // One that comes too late must not take its place.
    await store.finish(record.id, aDetectSuccess(record, 20_000))
    expect(await store.get(record.id)).toEqual(finished?.record)

    const client = new CosmosClient({ endpoint, key, connectionPolicy: { enableEndpointDiscovery: false } })
    const { resource } = await client.database('lupa').container('jobs').item(record.id, record.id).read()
    expect(JSON.stringify(resource).length).toBeLessThan(10_000)
    expect(resource).toMatchObject({ prediction: 'bottle', predictions: null, stored_prediction: null })
    client.dispose()
    expect((await store.list({ client: record.client, limit: 10 }))[0]).toMatchObject({
      id: record.id,
      prediction: 'bottle',
      predictions: null,
    })

    await imageStore.delete(record.id)
    const without = await store.get(record.id)
    expect(without).toMatchObject({ status: 'succeeded', predictions: null, stored_prediction: null })
    await store.close()
  })

  test('that of a job which is not kept stays in the item: its image goes first', async () => {
    await using cosmos = await startCosmosServer()
    const store = storeIn(cosmos)
    const record = aJobRecord({ retentionSeconds: 0 })
    await store.create(record)
    const finished = await store.finish(record.id, aDetectSuccess(record, 30_000))
    await imageStore.delete(record.id)
    expect(await store.get(record.id)).toEqual(finished?.record)
    await store.close()
  })

  test('when the large prediction cannot be written, the job is not finished', async () => {
    await using cosmos = await startCosmosServer()
    const { endpoint, key } = cosmos
    const away = {
      ...imageStore,
      putRender: () => Promise.reject(new LupaError('store_unavailable', 'The image store is away.')),
    }
    const options = { endpoint, key, database: 'lupa', createIfMissing: true }
    const store = createCosmosRecordStore({ ...options, imageStore: away })
    const record = aJobRecord()
    await store.create(record)
    await expect(store.finish(record.id, aDetectSuccess(record, 30_000))).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    expect(await store.get(record.id)).toMatchObject({ status: 'queued', done: false })
    await store.close()
  })

  test('what each request costs is told, that of a refused one too', async () => {
    await using cosmos = await startCosmosServer()
    const { endpoint, key } = cosmos
    const charges: CosmosCharge[] = []
    const onCharge = (charge: CosmosCharge) => charges.push(charge)
    const options = { imageStore, endpoint, key, database: 'lupa', createIfMissing: true }
    const store = createCosmosRecordStore({ ...options, onCharge })
    const record = aJobRecord()
    await store.create(record)
    await store.create(record)
    await store.finish(record.id, aSuccess(record))
    await store.list({ client: record.client, limit: 10 })
    const jobs = { container: 'jobs', requestUnits: 1, throttled: 0 }
    expect(charges).toEqual([
      { ...jobs, operation: 'create' },
      { ...jobs, operation: 'create' },
      { ...jobs, operation: 'read' },
      { ...jobs, operation: 'replace' },
      { ...jobs, operation: 'query' },
    ])
    await store.close()
  })

  test('who is told to come back later does so, and it is counted', async () => {
    await using cosmos = await startCosmosServer()
    let turnedAway = 0
    await using gate = await startGate(cosmos.endpoint, ({ method, url }) => {
      if (method !== 'POST' || !url?.endsWith('/docs') || turnedAway === 2) return undefined
      turnedAway += 1
      return { status: 429, headers: { 'x-ms-retry-after-ms': '50', 'x-ms-request-charge': '0.38' } }
    })
    const charges: CosmosCharge[] = []
    const store = createCosmosRecordStore({
      imageStore,
      endpoint: gate.endpoint,
      key: cosmos.key,
      database: 'lupa',
      createIfMissing: true,
      onCharge: (charge) => charges.push(charge),
    })
    expect(await store.create(aJobRecord())).toBe(true)
    expect(charges).toMatchObject([{ operation: 'create', throttled: 2 }])
    await store.close()
  })

  test('a database that is missing is told, and used once it is there', async () => {
    await using cosmos = await startCosmosServer()
    const { endpoint, key } = cosmos
    const store = createCosmosRecordStore({ imageStore, endpoint, key, database: 'lupa' })
    const missing = { code: 'store_unavailable', message: expect.stringContaining('Create them') }
    await expect(store.get(newJobId())).rejects.toMatchObject(missing)
    await expect(store.check()).rejects.toMatchObject(missing)
    const maker = storeIn(cosmos)
    await maker.check()
    await expect(store.get(newJobId())).resolves.toBeUndefined()
    await Promise.all([store.close(), maker.close()])
  })

  test('a service that is away is told with its address and without the key', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`
    const store = createCosmosRecordStore({
      imageStore,
      endpoint,
      key: KEY,
      database: 'lupa',
      timeoutMs: 2000,
    })
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
      imageStore,
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

/** Passes requests on to a service, but for those that it answers itself. */
async function startGate(
  target: string,
  answerTo: (request: IncomingMessage) => { status: number; headers: Record<string, string> } | undefined,
) {
  const server = createHttpServer((request, response) => {
    const own = answerTo(request)
    if (own) {
      request.resume()
      response.writeHead(own.status, own.headers).end('{"code":"429","message":"Too many requests."}')
      return
    }
    const { method = 'GET', headers } = request
    const onward = sendHttp(new URL(request.url ?? '/', target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    request.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function openStore() {
  const cosmos = await startCosmosServer()
  const { endpoint, key } = cosmos
  const store = createCosmosRecordStore({
    imageStore,
    endpoint,
    key,
    database: 'lupa',
    createIfMissing: true,
  })
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close()
      await cosmos[Symbol.asyncDispose]()
    },
  }
}
