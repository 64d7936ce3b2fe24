import { expect, test } from 'vitest'
import { cosmosCharge } from './cosmos-charge.ts'
import { type Load, planCapacity, type Rates } from './plan-capacity.ts'

const LOAD: Load = {
  jobsPerSecond: 100,
  imageBytes: 1_000_000,
  coresPerWorker: 2,
  busy: 0.5,
  retentionDays: 10,
  cacheSeconds: 1000,
  queueLimit: 500,
}
const RATES: Rates = {
  pictureMs: 20,
  workerMs: 4,
  cosmosUnits: null,
  redisMs: 0.8,
  gateway: { baseMs: 3, msPerByte: 6e-6 },
  bytes: { accepted: 1024, finished: 2048, answer: 1500, cachedResult: 300 },
  redis: { waitingJobBytes: 1000, hotCopyOverheadBytes: 152, cachedResultOverheadBytes: 100 },
}

test('workers: slots by the picture alone, cores with what the worker does beside it', () => {
  // 100 × 20 ms = 2 cores at work, half busy: 4. With 4 ms more: 4.8 cores, by two: 3.
  expect(planCapacity(LOAD, RATES).workers).toEqual({ slots: 4, cores: expect.closeTo(4.8), count: 3 })
})

test('gateways: what a request costs, and what its bytes do', () => {
  // 3 ms + 1,000,000 × 6 ns = 9 ms; 100 of them are 0.9 cores, half busy 1.8.
  expect(planCapacity(LOAD, RATES).gateways).toEqual({
    msPerJob: expect.closeTo(9),
    cores: expect.closeTo(1.8),
    count: 2,
  })
})

test('Redis: one thread, the full queue, and all that was answered within the time of the cache', () => {
  expect(planCapacity(LOAD, RATES).redis).toEqual({
    cores: expect.closeTo(0.08),
    jobsPerSecondAtMost: expect.closeTo(625),
    waitingBytes: 500_000,
    hotCopiesBytes: 100 * 1000 * 2200,
    cachedResultsBytes: 100 * 1000 * 400,
    memoryBytes: 260_500_000,
  })
})

test('Redis keeps an answer for a minute even without a cache', () => {
  expect(planCapacity({ ...LOAD, cacheSeconds: 0 }, RATES).redis).toMatchObject({
    hotCopiesBytes: 100 * 60 * 2200,
    cachedResultsBytes: 0,
  })
})

test('Cosmos DB: three writes and two reads of a job, in steps of a thousand units', () => {
  // Two strong reads of 1 KB: 4; writes of 1, 2 and 2 KB: 4.95 + 6.29 + 6.29. 2,153 units/s, half busy.
  expect(planCapacity(LOAD, RATES).cosmos).toEqual({
    unitsPerJob: expect.closeTo(21.53),
    unitsPerSecond: expect.closeTo(2153),
    throughput: 5000,
    storedBytes: 2048 * 100 * 86_400 * 10,
  })
})

test('Blob Storage and the network: every image comes in once and is read once', () => {
  const { blob, traffic } = planCapacity(LOAD, RATES)
  expect(blob).toEqual({
    writesPerDay: 8_640_000,
    readsPerDay: 8_640_000,
    listsPerDay: 8_640_000,
    deletesPerDay: 8_640_000,
    storedBytes: 8.64e13,
  })
  expect(traffic).toEqual({
    uploadedBytesPerDay: 8.64e12,
    readBytesPerDay: 8.64e12,
    answeredBytesPerDay: 8_640_000 * 1500,
  })
})

test('a charge between two sizes is on the line between them; a read is a strong one', () => {
  expect(cosmosCharge('write', 100)).toBeCloseTo(4.95)
  expect(cosmosCharge('write', 3 * 1024)).toBeCloseTo(6.48)
  expect(cosmosCharge('read', 3 * 1024)).toBeCloseTo(2.18)
  expect(cosmosCharge('write', 4096 * 1024)).toBeGreaterThanOrEqual(1250)
})

test('there is always a worker, and a second gateway', () => {
  const { workers, gateways, cosmos } = planCapacity({ ...LOAD, jobsPerSecond: 0.001 }, RATES)
  expect([workers.slots, workers.count, gateways.count, cosmos.throughput]).toEqual([1, 1, 2, 1000])
})

test('ten times the load takes ten times of everything that is not whole', () => {
  const one = planCapacity({ ...LOAD, queueLimit: 0 }, RATES)
  const ten = planCapacity({ ...LOAD, queueLimit: 0, jobsPerSecond: 1000 }, RATES)
  expect(ten.workers.cores).toBeCloseTo(10 * one.workers.cores)
  expect(ten.gateways.cores).toBeCloseTo(10 * one.gateways.cores)
  expect(ten.redis.cores).toBeCloseTo(10 * one.redis.cores)
  expect(ten.redis.memoryBytes).toBeCloseTo(10 * one.redis.memoryBytes)
  expect(ten.cosmos.unitsPerSecond).toBeCloseTo(10 * one.cosmos.unitsPerSecond)
  expect(ten.blob.storedBytes).toBeCloseTo(10 * one.blob.storedBytes)
  for (const jobsPerSecond of [1, 7, 40, 333, 1000]) {
    const { workers, gateways } = planCapacity({ ...LOAD, jobsPerSecond }, RATES)
    expect(workers.count * LOAD.coresPerWorker).toBeGreaterThanOrEqual(workers.cores - 1e-9)
    expect(gateways.count).toBeGreaterThanOrEqual(gateways.cores - 1e-9)
  }
})
