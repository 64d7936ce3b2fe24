import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createFinishBatch } from '@lupa/core/jobs/finish-batch'
import { createRedisBatchProgress } from '@lupa/core/jobs/redis-batch-progress'
import { producerConnection } from '@lupa/core/jobs/redis-connection'
import { createSqliteRecordStore } from '@lupa/core/jobs/sqlite-record-store'
import { createBullmqWebhookQueue } from '@lupa/core/webhooks/bullmq-webhook-queue'
import { expect, test } from 'vitest'
import { aSuccess } from '../../../packages/core/test/job-records.ts'
import { freePort, startRedisServer } from '../../../packages/core/test/services/redis-server.ts'
import { createReconcileBatches } from '../../worker/src/reconcile-batches.ts'
import { SILENT } from './gateway-under-test.ts'
import { form, newImage } from './requests.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const IMAGES = 400

test('a gateway killed while it takes a batch in leaves nothing that never ends', async () => {
  await using stack = new AsyncDisposableStack()
  const redisServer = stack.use(await startRedisServer())
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-interrupted-'))
  stack.defer(() => rmSync(directory, { recursive: true }))
  const store = createSqliteRecordStore({ file: join(directory, 'jobs.sqlite'), synchronous: 'NORMAL' })
  stack.defer(() => store.close())
  const redis = producerConnection({ redisUrl: redisServer.url, logger: SILENT })
  stack.defer(() => redis.disconnect())
  const webhookQueue = createBullmqWebhookQueue({ redisUrl: redisServer.url, logger: SILENT })
  stack.defer(() => webhookQueue.close())
  const progress = createRedisBatchProgress({ redis })
  const finishBatch = createFinishBatch({ batches: store, deliveries: store, webhookQueue, progress })
  const reconcile = createReconcileBatches({
    keys: store,
    batches: store,
    finishBatch,
    logger: SILENT,
    graceMs: -1000,
    makingMs: -1000,
  })
  const unfinished = () =>
    store.listUnfinishedBatches({ createdBefore: new Date(Date.now() + 1000), limit: 10 })

  const gateway = await startGateway({ REDIS_URL: redisServer.url, DATA_DIR: directory })
  stack.defer(() => end(gateway.child))
  const parts = Array.from({ length: IMAGES }, (_, at) => ({
    name: 'image',
    fileName: `${at}.png`,
    bytes: newImage(),
  }))
  const { headers, payload } = form(...parts, { name: 'webhook_url', value: 'http://127.0.0.1:9/' })
  const sending = request(`${gateway.url}/v1/batches`, { method: 'POST', headers })
  sending.on('error', () => {})
  sending.end(payload)

  // Its batch is recorded, and its jobs are being made.
  await expect.poll(unfinished, { interval: 2, timeout: 15_000 }).toHaveLength(1)
  await end(gateway.child)
  const [interrupted] = await unfinished()
  expect(interrupted).toMatchObject({ complete: false, done: false, total: IMAGES })

  await reconcile()
  const jobs = await store.list({ client: 'local', limit: IMAGES })
  expect(jobs.length).toBeLessThan(IMAGES)
  for (const job of jobs) await store.finish(job.id, aSuccess(job))
  await reconcile()

  expect(await unfinished()).toEqual([])
  const id = interrupted?.id ?? ''
  const ended = await store.getBatch(id)
  if (jobs.length === 0) return expect(ended).toBeUndefined()
  expect(ended).toMatchObject({
    done: true,
    complete: true,
    total: jobs.length,
    counts: { succeeded: jobs.length },
  })
  expect(await store.listClientDeliveries({ client: 'local', limit: 10 })).toMatchObject([
    { id: `${id}-batch-finished`, event: 'batch.finished' },
  ])
})

async function startGateway(env: NodeJS.ProcessEnv): Promise<{ url: string; child: ChildProcess }> {
  const port = await freePort()
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, PORT: `${port}`, ...env },
    stdio: 'ignore',
  })
  const url = `http://127.0.0.1:${port}`
  await expect
    .poll(async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.status, { timeout: 20_000 })
    .toBe(200)
  return { url, child }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
