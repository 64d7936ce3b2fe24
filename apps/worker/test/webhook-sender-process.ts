import { producerConnection } from '@lupa/core/jobs/redis-connection'
import { createRedisJobEvents } from '@lupa/core/jobs/redis-job-events'
import { createSqliteRecordStore } from '@lupa/core/jobs/sqlite-record-store'
import { createLogger } from '@lupa/core/runtime/logger'
import { startSender } from './webhook-sender.ts'

/** A sender in a process of its own, to be killed. */
const [redisUrl = '', file = ''] = process.argv.slice(2)
const logger = createLogger('test', { level: 'silent', pretty: false })
const redis = producerConnection({ redisUrl, logger })
startSender({
  redisUrl,
  store: createSqliteRecordStore({ file, synchronous: 'NORMAL' }),
  events: createRedisJobEvents({ redis, hotSeconds: 60, logger }),
  logger,
})
