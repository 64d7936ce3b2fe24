import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeliveryRecord } from '@lupa/core/domain/delivery'
import type { JobRecord } from '@lupa/core/domain/job'
import { producerConnection, untilReady } from '@lupa/core/jobs/redis-connection'
import { createRedisJobEvents } from '@lupa/core/jobs/redis-job-events'
import { createSqliteRecordStore } from '@lupa/core/jobs/sqlite-record-store'
import { createLogger } from '@lupa/core/runtime/logger'
import { createBullmqWebhookQueue } from '@lupa/core/webhooks/bullmq-webhook-queue'
import { webhookId } from '@lupa/core/webhooks/webhook-body'
import { aJobRecord, aSuccess } from '../../../packages/core/test/job-records.ts'
import { startRedisServer } from '../../../packages/core/test/services/redis-server.ts'

/** What a receiver saw of one try. */
export interface Received {
  id: string
  body: string
  headers: IncomingMessage['headers']
  status: number
}

/** A receiver of webhooks on this machine, that answers as it is told and remembers what came. */
export async function startReceiver(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { headers } = request
      const body = Buffer.concat(chunks).toString()
      const entry = { id: String(headers['webhook-id']), body, headers, status: 0 }
      received.push(entry)
      response.on('finish', () => {
        entry.status = response.statusCode
      })
      answer(request, response, body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Records in SQLite and a queue on a real Redis, with finished jobs to tell of. */
export async function startWebhookBench() {
  const directory = mkdtempSync(join(tmpdir(), 'lupa-webhooks-'))
  const file = join(directory, 'records.sqlite')
  const server = await startRedisServer()
  const logger = createLogger('test', { level: 'silent', pretty: false })
  const store = createSqliteRecordStore({ file, synchronous: 'NORMAL' })
  const redis = producerConnection({ redisUrl: server.url, logger })
  await untilReady(redis, { timeoutMs: 5000 })
  const events = createRedisJobEvents({ redis, hotSeconds: 60, logger })
  const webhookQueue = createBullmqWebhookQueue({ redisUrl: server.url, logger })

  return {
    file,
    redisUrl: server.url,
    redis,
    logger,
    store,
    events,
    webhookQueue,

    /** A job that succeeded, and the delivery that is to tell of it, not queued yet. */
    async aDelivery(
      url: string,
      overrides: Parameters<typeof aJobRecord>[0] = {},
    ): Promise<{ job: JobRecord; delivery: DeliveryRecord }> {
      const queued = aJobRecord({ webhook: { url, events: ['job.succeeded'] }, ...overrides })
      await store.create(queued)
      const finished = await store.finish(queued.id, aSuccess(queued))
      if (!finished) throw new Error('the job is not there')
      const delivery = deliveryOf(finished.record, url)
      await store.createDelivery(delivery)
      return { job: finished.record, delivery }
    },

    async [Symbol.asyncDispose]() {
      await webhookQueue.close()
      redis.disconnect()
      await server[Symbol.asyncDispose]()
      await store.close()
      rmSync(directory, { recursive: true })
    },
  }
}

export type WebhookBench = Awaited<ReturnType<typeof startWebhookBench>>

function deliveryOf(job: JobRecord, url: string): DeliveryRecord {
  const at = new Date().toISOString()
  return {
    id: webhookId(job.id, 'job.succeeded'),
    object: 'delivery',
    event: 'job.succeeded',
    job_id: job.id,
    batch_id: null,
    url,
    status: 'pending',
    tries: [],
    created_at: at,
    next_try_at: at,
    client: job.client,
    expires_at: job.expires_at,
  }
}
