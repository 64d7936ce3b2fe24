import { setTimeout as delay } from 'node:timers/promises'
import { createBullmqJobConsumer } from '../../src/jobs/bullmq-job-consumer.ts'
import { createLogger } from '../../src/runtime/logger.ts'

/** A process that takes one job, says so on standard output, and never finishes it. */
const [redisUrl = ''] = process.argv.slice(2)
createBullmqJobConsumer({
  redisUrl,
  name: 'doomed',
  concurrency: 1,
  logger: createLogger('test', { level: 'silent', pretty: false }),
  lockDurationMs: 2000,
  stalledIntervalMs: 1000,
}).start(async (job) => {
  process.stdout.write(`${job.id}\n`)
  await delay(60_000)
})
