import type { Bar } from './bar.ts'
import { locksAreRenewed, nothingLeaks, overload, soak } from './bars/endurance.ts'
import {
  redisCrashes,
  redisHangs,
  redisIsFull,
  redisIsSwallowed,
  redisIsWiped,
  redisRefuses,
} from './bars/redis.ts'
import { boundedQueue, cancel, idempotentSubmit, storeFails, waitingIsRight } from './bars/requests.ts'
import { storm } from './bars/storm.ts'
import { webhooksArrive } from './bars/webhooks.ts'
import { crashIsNoticed, hardDeadline, poison, rollingRestart, workersDie, zombie } from './bars/workers.ts'

/** In the order of their numbers. */
export const BARS: Bar[] = [
  workersDie,
  crashIsNoticed,
  poison,
  hardDeadline,
  locksAreRenewed,
  redisCrashes,
  redisRefuses,
  redisHangs,
  redisIsSwallowed,
  redisIsWiped,
  redisIsFull,
  storeFails,
  zombie,
  rollingRestart,
  idempotentSubmit,
  boundedQueue,
  overload,
  webhooksArrive,
  waitingIsRight,
  nothingLeaks,
  soak,
  cancel,
  storm,
]
