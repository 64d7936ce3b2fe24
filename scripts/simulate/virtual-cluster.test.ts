import { type Admission, CLIENT_SHARE } from '@lupa/core/jobs/admission'
import { createRedisAdmission } from '@lupa/core/jobs/redis-admission'
import { expect, test, vi } from 'vitest'
import { openRedisSession } from '../../packages/core/test/jobs/redis-session.ts'
import { PROFILES, type Profile } from './profiles.ts'
import { readScaleRules } from './scale-rules.ts'
import { type JobCosts, runVirtualCluster, type VirtualOptions } from './virtual-cluster.ts'

const COSTS: JobCosts = {
  gatewayMs: 3,
  refusalMs: 0.2,
  redisRefusalMs: 0.05,
  redisSubmitMs: 0.1,
  redisWorkMs: 0.2,
  slotMs: 12,
}
const steady = (seconds: number): Profile => ({ name: 'steady', about: '', seconds, shareAt: () => 1 })

/** As the real one answers, in memory. */
function anAdmission(limit: number): Admission {
  const places = new Map<string, Set<string>>()
  const of = (client: string) => {
    const held = places.get(client) ?? new Set()
    places.set(client, held)
    return held
  }
  let all = 0
  return {
    async reserve(client, jobId) {
      if (of(client).size >= Math.floor(limit * CLIENT_SHARE)) return 'share_full'
      if (all >= limit) return 'queue_full'
      of(client).add(jobId)
      all++
      return 'reserved'
    },
    async release(client, jobId) {
      if (of(client).delete(jobId)) all--
    },
    taken: async (client) => (client === undefined ? all : of(client).size),
  }
}

vi.setConfig({ testTimeout: 120_000 })

const run = (options: Partial<VirtualOptions> = {}) =>
  runVirtualCluster({
    profile: steady(60),
    peakPerSecond: 100,
    rules: readScaleRules(),
    costs: COSTS,
    gatewayStartSeconds: 20,
    workerStartSeconds: 40,
    admission: anAdmission(2000),
    clients: 10,
    seed: 1,
    ...options,
  })

test('a load that one worker bears is computed as it comes, and none of it is lost', async () => {
  const outcome = await run()
  expect(outcome.offered).toBeGreaterThan(5500)
  expect(outcome).toMatchObject({
    admitted: outcome.offered,
    ended: outcome.offered,
    refusals: 0,
    gaveUp: 0,
    lost: 0,
  })
  expect(outcome.waitMs.p99).toBeLessThan(200)
  expect(outcome.drainSeconds).toBeLessThan(2)
})

test('it is the same again for the same seed, and another for another', async () => {
  const [one, again, other] = [await run(), await run(), await run({ seed: 2 })]
  expect(again).toEqual(one)
  expect(other.offered).not.toBe(one.offered)
})

test('more than the workers bear waits until there are more of them', async () => {
  const outcome = await run({ profile: steady(180), peakPerSecond: 300 })
  expect(outcome).toMatchObject({ lost: 0, gaveUp: 0 })
  expect(outcome.most.waiting).toBeGreaterThan(1000)
  expect(outcome.most.workers).toBeGreaterThan(2)
  expect(outcome.samples.at(-1)).toMatchObject({ waiting: expect.any(Number) })
  expect(outcome.samples.at(-1)?.waiting).toBeLessThan(50)
})

test('what finds no place is told to come again, and has a place later', async () => {
  const outcome = await run({ peakPerSecond: 400, admission: anAdmission(1000) })
  expect(outcome.refusals).toBeGreaterThan(0)
  expect(outcome.most.waiting).toBeLessThanOrEqual(1000)
  expect(outcome.admitted + outcome.gaveUp).toBe(outcome.offered)
  expect(outcome).toMatchObject({ ended: outcome.admitted, lost: 0 })
})

test('past what Redis bears, more workers compute no more', async () => {
  const slow = { ...COSTS, redisSubmitMs: 2, redisWorkMs: 3, slotMs: 1 }
  const { samples, most } = await run({ costs: slow, peakPerSecond: 300, profile: steady(60) })
  expect(most.redisBusy).toBeGreaterThan(0.95)
  expect(most.redisBusy).toBeLessThan(1.05)
  for (const { second, ended } of samples) if (second <= 60) expect(ended).toBeLessThan(210)
})

test('workers that compute are not taken away: six minutes on, nothing waits', async () => {
  const { samples } = await run({ profile: steady(600), peakPerSecond: 250 })
  const settled = samples.filter(({ second }) => second > 240 && second <= 600)
  expect(settled.length).toBeGreaterThan(30)
  for (const { second, waiting } of settled)
    expect({ second, isShort: waiting < 100 }).toEqual({ second, isShort: true })
})

test('places are those of the real admission', async () => {
  await using session = await openRedisSession()
  const redis = await session.connect()
  const admission = createRedisAdmission({ redis, limit: 200 })
  const outcome = await run({ profile: steady(5), peakPerSecond: 400, admission })
  expect(outcome.refusals).toBeGreaterThan(0)
  expect(outcome.most.waiting).toBeLessThanOrEqual(200)
  expect(outcome).toMatchObject({ ended: outcome.admitted, lost: 0 })
  expect(await admission.taken()).toBe(0)
})

test('the rules are those of the Bicep', () => {
  const { gateway, worker } = readScaleRules()
  expect(gateway).toMatchObject({ min: 2, cpuPercent: 70, cores: 1 })
  expect(gateway.max).toBeGreaterThan(gateway.min)
  expect(Object.keys(worker.jobsPerWorker)).toEqual(['prioritized', 'wait', 'active', 'delayed'])
  expect(worker.jobsPerWorker.active).toBe(worker.cores)
})

test('each profile stays between nothing and all of the load', () => {
  for (const { name, seconds, shareAt } of PROFILES) {
    const shares = Array.from({ length: seconds }, (_, second) => shareAt(second))
    expect({ name, most: Math.max(...shares) }).toEqual({ name, most: expect.closeTo(1, 1) })
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0)
  }
})
