import { setTimeout as sleep } from 'node:timers/promises'
import { withClient } from '../../../packages/core/test/services/redis-client.ts'
import { startRedisServer } from '../../../packages/core/test/services/redis-server.ts'
import type { Lupa } from '../../end-to-end/lupa.ts'
import type { Bar, Measured } from '../bar.ts'
import { startBlackHoleProxy } from '../black-hole-proxy.ts'
import {
  allSucceeded,
  type Load,
  REDIS,
  recoveryMs,
  repeated,
  strike,
  submitLoad,
  untilAllEnded,
} from '../load.ts'

export const redisCrashes: Bar = {
  id: 'R6',
  promise: 'Acknowledged jobs survive a crash of Redis',
  fault: 'SIGKILL of Redis during submits',
  async run({ start, scale }) {
    await using lupa = await start({ WORKERS: '2', WORKER_SLOTS: '1' })
    let isLoading = true
    const load = submitLoad(lupa, { jobs: scale(200, 1000) }).finally(() => (isLoading = false))
    let kills = 0
    while (isLoading && kills < scale(2, 5)) {
      await sleep(700)
      if (strike(lupa, REDIS, 'SIGKILL')) kills++
    }
    return await judge(lupa, await load, { [`${kills} kills`]: kills > 0 })
  },
}

export const redisRefuses: Bar = {
  id: 'R7',
  promise: 'Redis away: submits are refused within 2 s, and work goes on by itself afterwards',
  fault: 'Redis stopped for a while, then started on the same port',
  async run({ start, scale }) {
    const redis = await startRedisServer('--appendonly', 'yes')
    await using lupa = await start({ REDIS_URL: redis.url, WORKERS: '1' })
    const before = await submitLoad(lupa, { jobs: 30 })
    await redis[Symbol.asyncDispose]()
    const during = await refusalsFor(lupa, scale(4, 30))
    await using _again = await startRedisServer('--port', new URL(redis.url).port)
    const judged = await judge(lupa, before, during.checks)
    return { ...judged, trials: judged.trials + during.asked }
  },
}

export const redisHangs: Bar = {
  id: 'R8',
  promise: 'Redis hanging: the same',
  fault: 'SIGSTOP of Redis, then SIGCONT',
  async run({ start, scale }) {
    await using redis = await startRedisServer('--appendonly', 'yes')
    await using lupa = await start({ REDIS_URL: redis.url, WORKERS: '1' })
    const before = await submitLoad(lupa, { jobs: 30 })
    redis.process.kill('SIGSTOP')
    const during = await refusalsFor(lupa, scale(4, 30))
    redis.process.kill('SIGCONT')
    const judged = await judge(lupa, before, during.checks)
    return { ...judged, trials: judged.trials + during.asked }
  },
}

export const redisIsSwallowed: Bar = {
  id: 'R8b',
  promise: 'The network to Redis gone silent: the same',
  fault: 'a proxy before Redis that swallows every byte, then forwards again',
  async run({ start, scale }) {
    await using redis = await startRedisServer('--appendonly', 'yes')
    await using proxy = await startBlackHoleProxy(redis.url)
    await using lupa = await start({ REDIS_URL: proxy.url, WORKERS: '1' })
    const before = await submitLoad(lupa, { jobs: 30 })
    proxy.swallow()
    const during = await refusalsFor(lupa, scale(4, 30))
    proxy.forward()
    const judged = await judge(lupa, before, during.checks)
    return { ...judged, trials: judged.trials + during.asked }
  },
}

export const redisIsWiped: Bar = {
  id: 'R9',
  promise: 'Every 202 is kept although Redis loses everything',
  fault: 'FLUSHALL with jobs queued and running',
  async run({ start, scale }) {
    await using redis = await startRedisServer()
    await using lupa = await start({ REDIS_URL: redis.url, WORKERS: '1', RECONCILE_SECONDS: '5' })
    const loading = submitLoad(lupa, { jobs: scale(150, 1000), clients: 32 })
    await sleep(400)
    await withClient(redis.url, (client) => client.flushall())
    return await judge(lupa, await loading, {})
  },
}

export const redisIsFull: Bar = {
  id: 'R10',
  promise: 'Redis full: submits are refused, running jobs finish, it recovers by itself',
  fault: 'maxmemory below use, then raised',
  async run({ start }) {
    await using redis = await startRedisServer()
    await using lupa = await start({ REDIS_URL: redis.url, WORKERS: '1' })
    const before = await submitLoad(lupa, { jobs: 40 })
    await withClient(redis.url, (client) =>
      client.config('SET', 'maxmemory', '1mb', 'maxmemory-policy', 'noeviction'),
    )
    const during = await refusalsFor(lupa, 3, { isAway: false })
    await withClient(redis.url, (client) => client.config('SET', 'maxmemory', '0'))
    const judged = await judge(lupa, before, during.checks)
    return { ...judged, trials: judged.trials + during.asked }
  },
}

/** Submits while Redis cannot be used: all must be refused, soon and honestly, or kept. */
async function refusalsFor(lupa: Lupa, seconds: number, { isAway = true } = {}) {
  const end = performance.now() + seconds * 1000
  const answers: { status: number; ms: number }[] = []
  const live: number[] = []
  while (performance.now() < end) {
    const beganMs = performance.now()
    const { status } = await fetch(`${lupa.url}/v1/jobs`, {
      method: 'POST',
      body: Buffer.from([0xff, 0xd8, 0xff]),
      headers: { 'content-type': 'image/jpeg' },
    })
    answers.push({ status, ms: performance.now() - beganMs })
    live.push((await fetch(`${lupa.url}/livez`)).status)
    await sleep(100)
  }
  const slowest = Math.max(...answers.map(({ ms }) => ms))
  const ready = (await fetch(`${lupa.url}/readyz`)).status
  return {
    asked: answers.length,
    checks: {
      'refused with 503': answers.some(({ status }) => status === 503),
      [`slowest ${Math.round(slowest)} ms, at most 2.5 s`]: slowest <= 2500,
      'alive throughout': live.every((status) => status === 200),
      ...(isAway ? { 'not ready meanwhile': ready === 503 } : {}),
    },
  }
}

async function judge(lupa: Lupa, load: Load, checks: Record<string, boolean>): Promise<Measured> {
  const recovery = await recoveryMs(lupa)
  const ends = await untilAllEnded(lupa, load.accepted)
  return {
    trials: load.accepted.length,
    lost: ends.lost.length,
    duplicated: repeated(load.accepted) + ends.changed.length,
    worstRecoveryMs: recovery,
    checks: {
      ...checks,
      'all succeeded': allSucceeded(ends),
      'honest answers': load.wrong.length === 0,
      'working again in 20 s': recovery <= 20_000,
    },
  }
}
