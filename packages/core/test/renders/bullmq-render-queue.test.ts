import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { LupaError } from '../../src/domain/errors.ts'
import { newJobId } from '../../src/domain/ids.ts'
import { DEFAULT_PARAMS } from '../../src/domain/params.ts'
import { producerConnection, untilReady } from '../../src/jobs/redis-connection.ts'
import { createBullmqRenderConsumer } from '../../src/renders/bullmq-render-consumer.ts'
import { createBullmqRenderQueue } from '../../src/renders/bullmq-render-queue.ts'
import type { RenderOrder } from '../../src/renders/render-order.ts'
import type { RenderConsumer, RenderHandler, RenderQueue } from '../../src/renders/render-queue.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { startRedisServer, type TestRedis } from '../services/redis-server.ts'

const logger = createLogger('test', { level: 'silent', pretty: false })

let server: TestRedis
let redis: ReturnType<typeof producerConnection>
let queue: RenderQueue
const consumers: RenderConsumer[] = []

beforeAll(async () => {
  server = await startRedisServer()
  redis = producerConnection({ redisUrl: server.url, logger })
  await untilReady(redis, { timeoutMs: 5000 })
  queue = createBullmqRenderQueue({ redisUrl: server.url, logger, limit: 4, clientLimit: 2 })
})
afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()))
  await redis.flushall()
})
afterAll(async () => {
  await queue.close()
  redis.disconnect()
  await server[Symbol.asyncDispose]()
})

function anOrder(client = 'ana'): RenderOrder {
  const picture = { kind: 'crops', format: 'zip' } as const
  return { jobId: newJobId(), client, name: 'crops-1.zip', picture, params: DEFAULT_PARAMS }
}

function consume(handle: RenderHandler): void {
  const consumer = createBullmqRenderConsumer({ redisUrl: server.url, redis, name: 'one', logger })
  consumers.push(consumer)
  consumer.start(handle)
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await sleep(20)
}

test('an order is made once, however often it is asked for, and one at a time', async () => {
  const orders = [anOrder(), anOrder()]
  for (const order of [...orders, ...orders]) await queue.request(order)
  const made: string[] = []
  let inHand = 0
  consume(async ({ jobId }) => {
    expect(++inHand).toBe(1)
    await sleep(50)
    made.push(jobId)
    inHand--
  })
  await until(async () =>
    (await Promise.all(orders.map((order) => queue.state(order)))).every((state) => !state),
  )
  expect(made).toEqual(orders.map(({ jobId }) => jobId))
})

test('a client has its share of places, and all have the rest', async () => {
  await queue.request(anOrder())
  await queue.request(anOrder())
  await expect(queue.request(anOrder())).rejects.toMatchObject({ code: 'share_full' })
  for (const client of ['bea', 'eva']) await queue.request(anOrder(client))
  await expect(queue.request(anOrder('bea'))).rejects.toMatchObject({ code: 'queue_full' })
})

test('a place is free again once its picture is made, or given up', async () => {
  const [good, bad] = [anOrder(), anOrder()]
  for (const order of [good, bad]) await queue.request(order)
  consume(async ({ jobId }) => {
    if (jobId === bad.jobId) throw new LupaError('image_unreadable', 'It ends early.')
  })
  await until(async () => (await queue.state(good)) === undefined && (await queue.state(bad)) !== 'pending')
  await until(async () => (await redis.keys('*renders:places*')).length === 0)
  for (let one = 0; one < 2; one++) await queue.request(anOrder())
})

test('what cannot be made is told of, and left alone for a while', async () => {
  const order = anOrder()
  await queue.request(order)
  let tries = 0
  consume(async () => {
    tries++
    throw new LupaError('image_unreadable', 'It ends early.')
  })
  await until(async () => (await queue.state(order)) instanceof LupaError)
  await queue.request(order)
  expect(await queue.state(order)).toMatchObject({ code: 'image_unreadable', message: 'It ends early.' })
  expect(tries).toBe(1)
})

test('what may work the next time is tried twice', async () => {
  const order = anOrder()
  await queue.request(order)
  let tries = 0
  consume(async () => {
    tries++
    throw new LupaError('worker_lost', 'The process ended.')
  })
  await until(async () => (await queue.state(order)) instanceof LupaError)
  expect(tries).toBe(2)
})

test('what a stopping worker gives back, another one makes', async () => {
  const order = anOrder()
  await queue.request(order)
  let tries = 0
  consume(async () => {
    if (++tries === 1) throw new LupaError('service_stopping', 'Stopping.')
  })
  await until(async () => (await queue.state(order)) === undefined)
  expect(tries).toBe(2)
})
