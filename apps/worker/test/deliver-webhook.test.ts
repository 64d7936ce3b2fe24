import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JobRecord } from '@lupa/core/domain/job'
import { createGuardedAgent } from '@lupa/core/webhooks/guarded-agent'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aSuccess } from '../../../packages/core/test/job-records.ts'
import { createDeliverWebhook } from '../src/deliver-webhook.ts'
import { notAborted, sayOpen, startWorkerBench, type WorkerBench } from './worker-bench.ts'

describe('one try of a webhook', () => {
  let bench: WorkerBench
  let answer: (request: IncomingMessage, response: ServerResponse) => void
  const received: { id: string; body: string }[] = []
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    received.push({ id: String(request.headers['webhook-id']), body })
    answer(request, response)
  })

  beforeEach(async () => {
    received.length = 0
    bench = await startWorkerBench(sayOpen().predict)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(async () => {
    server.close()
    server.closeAllConnections()
    await bench[Symbol.asyncDispose]()
  })

  async function aFinishedJob(): Promise<JobRecord> {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
    const record = await bench.accept({ webhook: { url, events: ['job.succeeded'] } })
    await bench.jobStore.finish(record.id, aSuccess(record))
    return record
  }

  async function deliver(record: JobRecord, tryNumber = 1, allowLoopback = true) {
    const dispatcher = createGuardedAgent({ allow: [], allowLoopback })
    const deliverWebhook = createDeliverWebhook({ ...bench, dispatcher, timeoutMs: 500 })
    const next = await deliverWebhook({ jobId: record.id, event: 'job.succeeded' }, tryNumber, notAborted)
    await dispatcher.destroy()
    const job = await bench.jobStore.get(record.id)
    return { next, delivery: job?.webhook?.last_delivery, hot: await bench.events.latest(record.id) }
  }

  test('that is answered 2xx is delivered, and noted in the job', async () => {
    answer = (_, response) => response.writeHead(204).end()
    const record = await aFinishedJob()
    const { next, delivery, hot } = await deliver(record)
    expect(next).toBeUndefined()
    expect(delivery).toMatchObject({ status: 'delivered', tries: 1, response_status: 204, error: null })
    expect(hot?.webhook?.last_delivery).toEqual(delivery)
  })

  test('sends the same id and the same bytes each time', async () => {
    answer = (_, response) => response.writeHead(500).end()
    const record = await aFinishedJob()
    await deliver(record, 1)
    await deliver(record, 2)
    expect(received).toHaveLength(2)
    expect(received[1]).toEqual(received[0])
  })

  test.each([301, 400, 404, 500, 503])('that is answered %i comes again', async (status) => {
    answer = (_, response) => response.writeHead(status, { location: '/elsewhere' }).end()
    const { next, delivery } = await deliver(await aFinishedJob())
    expect(next?.retryInMs).toBeGreaterThan(0)
    expect(delivery).toMatchObject({
      status: 'retrying',
      response_status: status,
      error: `The receiver answered ${status}.`,
    })
    expect(delivery?.next_try_at).not.toBeNull()
    expect(received).toHaveLength(1)
  })

  test('that is answered 410 does not come again', async () => {
    answer = (_, response) => response.writeHead(410).end()
    const { next, delivery } = await deliver(await aFinishedJob())
    expect(next).toBeUndefined()
    expect(delivery?.status).toBe('failed')
  })

  test('waits as long as the receiver asks', async () => {
    answer = (_, response) => response.writeHead(429, { 'retry-after': '3600' }).end()
    const { next } = await deliver(await aFinishedJob())
    expect(next?.retryInMs).toBeGreaterThanOrEqual(3_600_000)
  })

  test('to a receiver that hangs ends in time', async () => {
    answer = () => {}
    const { next, delivery } = await deliver(await aFinishedJob())
    expect(next).toBeDefined()
    expect(delivery).toMatchObject({ status: 'retrying', response_status: null })
  })

  test('does not read an answer without end', async () => {
    answer = (_, response) => {
      response.writeHead(200)
      const drip = setInterval(() => response.write('x'.repeat(65_536)), 5)
      response.on('close', () => clearInterval(drip))
    }
    const { delivery } = await deliver(await aFinishedJob())
    expect(delivery?.status).toBe('delivered')
  })

  test('to an address inside is not made', async () => {
    answer = (_, response) => response.end()
    const { delivery } = await deliver(await aFinishedJob(), 1, false)
    expect(delivery).toMatchObject({ status: 'retrying', response_status: null })
    expect(received).toEqual([])
  })

  test('after the last of its schedule ends as failed', async () => {
    answer = (_, response) => response.writeHead(500).end()
    const { next, delivery } = await deliver(await aFinishedJob(), 10)
    expect(next).toBeUndefined()
    expect(delivery).toMatchObject({ status: 'failed', tries: 10, next_try_at: null })
  })
})
