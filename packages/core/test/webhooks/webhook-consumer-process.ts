import { setTimeout as delay } from 'node:timers/promises'
import { createLogger } from '../../src/runtime/logger.ts'
import { createBullmqWebhookConsumer } from '../../src/webhooks/bullmq-webhook-consumer.ts'

/** A process that fails the first try of an event, says when it makes the second, and never ends that. */
const [redisUrl = ''] = process.argv.slice(2)
createBullmqWebhookConsumer({
  redisUrl,
  name: 'doomed',
  logger: createLogger('test', { level: 'silent', pretty: false }),
  lockDurationMs: 2000,
  stalledIntervalMs: 1000,
}).start(async (_notice, tryNumber) => {
  if (tryNumber === 1) return { retryInMs: 0 }
  process.stdout.write(`${tryNumber}\n`)
  await delay(60_000)
  return undefined
})
