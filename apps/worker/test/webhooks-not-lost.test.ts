import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { DeliveryRecord } from '@lupa/core/domain/delivery'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createRequeueDeliveries } from '../src/requeue-deliveries.ts'
import { startReceiver, startWebhookBench, type WebhookBench } from './webhook-bench.ts'
import { startSender } from './webhook-sender.ts'

const SENDER = new URL('./webhook-sender-process.ts', import.meta.url).pathname

/** To one host. */
const TRIES_AT_A_TIME = 2

const SOON = { timeout: 60_000, interval: 25 }

vi.setConfig({ testTimeout: 120_000 })

describe('webhook events', () => {
  let bench: WebhookBench
  beforeEach(async () => {
    bench = await startWebhookBench()
  })
  afterEach(() => bench[Symbol.asyncDispose]())

  async function queueDeliveries(url: string, count: number): Promise<DeliveryRecord[]> {
    const made = await Promise.all(Array.from({ length: count }, () => bench.aDelivery(url)))
    for (const { delivery } of made) {
      await bench.webhookQueue.enqueue({ deliveryId: delivery.id, triesMade: 0 })
    }
    return made.map(({ delivery }) => delivery)
  }

  async function countDelivered(deliveries: DeliveryRecord[]): Promise<number> {
    const stored = await Promise.all(deliveries.map(({ id }) => bench.store.getDelivery(id)))
    return stored.filter((delivery) => delivery?.status === 'delivered').length
  }

  function spawnSender(): ChildProcess {
    const sender = spawn(process.execPath, [SENDER, bench.redisUrl, bench.file], { stdio: 'inherit' })
    onTestFinished(() => void sender.kill('SIGKILL'))
    return sender
  }

  test('all arrive, under one id and with one body each, though their sender is killed again and again', async () => {
    const COUNT = 150
    const KILLS = 5
    await using receiver = await startFlakyReceiver()
    const deliveries = await queueDeliveries(receiver.url, COUNT)

    for (let kill = 1; kill <= KILLS; kill++) {
      const sender = spawnSender()
      const enough = kill * 25
      await expect.poll(() => receiver.received.length, SOON).toBeGreaterThanOrEqual(enough)
      sender.kill('SIGKILL')
      await once(sender, 'exit')
    }
    spawnSender()
    await expect.poll(() => countDelivered(deliveries), { ...SOON, interval: 100 }).toBe(COUNT)

    const wanted = deliveries.map(({ id }) => id)
    expect(new Set(receiver.thanked)).toEqual(new Set(wanted))
    expect(receiver.thanked.length - COUNT).toBeLessThanOrEqual(KILLS * TRIES_AT_A_TIME)
    for (const id of wanted) {
      const bodies = receiver.received.filter((one) => one.id === id).map(({ body }) => body)
      expect(new Set(bodies).size).toBe(1)
      expect(JSON.parse(bodies[0] ?? '').data.id).toBe(id.replace('-job-succeeded', ''))
    }
  })

  test('all arrive though Redis forgets everything in the middle', async () => {
    const COUNT = 60
    await using receiver = await startFlakyReceiver()
    const deliveries = await queueDeliveries(receiver.url, COUNT)
    await using _sender = startSender(bench)
    await expect.poll(() => receiver.received.length, SOON).toBeGreaterThanOrEqual(COUNT / 3)
    await bench.redis.flushall()

    const requeue = createRequeueDeliveries({
      ...bench,
      deliveries: bench.store,
      jobs: bench.store,
      graceMs: 200,
    })
    await expect
      .poll(
        async () => {
          await requeue()
          return countDelivered(deliveries)
        },
        { ...SOON, interval: 200 },
      )
      .toBe(COUNT)
    expect(new Set(receiver.thanked)).toEqual(new Set(deliveries.map(({ id }) => id)))
  })

  test('that were written and never queued are sent, and those that wait on the queue stay as they are', async () => {
    await using receiver = await startReceiver((_request, response) => response.end())
    const { delivery: lost } = await bench.aDelivery(receiver.url)
    const { delivery: waiting } = await bench.aDelivery(receiver.url)
    await bench.webhookQueue.enqueue({ deliveryId: waiting.id, triesMade: 0 })
    const queued: string[] = []
    const requeue = createRequeueDeliveries({
      ...bench,
      deliveries: bench.store,
      jobs: bench.store,
      webhookQueue: {
        holds: (id) => bench.webhookQueue.holds(id),
        enqueue: async ({ deliveryId }) => void queued.push(deliveryId),
      },
      graceMs: -1000,
    })
    await requeue()
    expect(queued).toEqual([lost.id])
  })

  test('to one receiver are not held up by another that hangs', async () => {
    await using hanging = await startReceiver(() => {})
    await using healthy = await startReceiver((_request, response) => response.end())
    await queueDeliveries(hanging.url, 100)
    await using _sender = startSender(bench)
    await expect.poll(() => hanging.received.length, SOON).toBe(TRIES_AT_A_TIME)

    const startedAt = performance.now()
    const deliveries = await queueDeliveries(healthy.url, 40)
    await expect.poll(() => countDelivered(deliveries), SOON).toBe(40)
    expect(performance.now() - startedAt).toBeLessThan(3000)
    expect(hanging.received.length).toBeLessThanOrEqual(2 * TRIES_AT_A_TIME)
  })
})

/** Fails three of ten, and takes a little time to answer. */
async function startFlakyReceiver() {
  const thanked: string[] = []
  let seen = 0
  const receiver = await startReceiver((request, response) => {
    seen++
    const isFailing = seen % 10 < 3
    if (!isFailing) thanked.push(String(request.headers['webhook-id']))
    setTimeout(() => response.writeHead(isFailing ? 500 : 200).end(), 5)
  })
  return { ...receiver, thanked }
}
