import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Load, type Plan } from './plan-capacity.ts'
import { PriceFile, planCost, unitsPerMonth } from './plan-cost.ts'

const LOAD: Load = {
  jobsPerSecond: 10,
  imageBytes: 1000,
  coresPerWorker: 2,
  busy: 0.7,
  retentionDays: 30,
  cacheSeconds: 0,
  queueLimit: 100,
}
const PLAN: Plan = {
  workers: { slots: 5, cores: 6, count: 3 },
  gateways: { msPerJob: 1, cores: 0.1, count: 2 },
  redis: {
    cores: 0.1,
    jobsPerSecondAtMost: 100,
    waitingBytes: 1,
    hotCopiesBytes: 1,
    cachedResultsBytes: 1,
    memoryBytes: 3,
  },
  cosmos: { unitsPerJob: 20, unitsPerSecond: 200, throughput: 1000, storedBytes: 5e9 },
  blob: {
    writesPerDay: 240_000,
    readsPerDay: 240_000,
    listsPerDay: 240_000,
    deletesPerDay: 240_000,
    storedBytes: 7e9,
  },
  traffic: { uploadedBytesPerDay: 1, readBytesPerDay: 1, answeredBytesPerDay: 24e9 },
}
const TEMPLATE = PriceFile.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../../../deploy/azure/prices.json'), 'utf8')),
)

test('the template has a place for each price, and no price', () => {
  expect(Object.keys(TEMPLATE.prices).toSorted()).toEqual(Object.keys(unitsPerMonth(PLAN, LOAD)).toSorted())
  const cost = planCost(PLAN, LOAD, TEMPLATE)
  expect(cost).toMatchObject({ currency: null, items: [], total: 0 })
  expect(cost.missing).toHaveLength(Object.keys(TEMPLATE.prices).length)
})

test('a month has 730 hours', () => {
  // Two gateways of one core and three workers of two are 8 cores and 16 GiB.
  expect(unitsPerMonth(PLAN, LOAD)).toEqual({
    container_apps_vcpu_second: 8 * 730 * 3600,
    container_apps_gib_second: 16 * 730 * 3600,
    container_apps_million_requests: expect.closeTo(26.28),
    redis_instance_hour: 730,
    cosmos_autoscale_100_units_hour: 1460,
    cosmos_gb_month: 5,
    blob_gb_month: 7,
    blob_10000_writes: expect.closeTo(730),
    blob_10000_reads: expect.closeTo(730),
    blob_10000_lists: expect.closeTo(730),
    egress_gb: expect.closeTo(730),
  })
})

test('what has a price is added up, what has none is named', () => {
  const priced = (name: string, price: number) => ({ [name]: { ...TEMPLATE.prices[name], price } })
  const prices = { ...TEMPLATE.prices, ...priced('cosmos_gb_month', 3), ...priced('blob_gb_month', 2) }
  const cost = planCost(PLAN, LOAD, PriceFile.parse({ currency: 'BRL', prices }))
  expect(cost).toMatchObject({ currency: 'BRL', total: 29 })
  expect(cost.items.map(({ name, cost: each }) => [name, each])).toEqual([
    ['cosmos_gb_month', 15],
    ['blob_gb_month', 14],
  ])
  expect(cost.missing.map(({ name }) => name)).not.toContain('blob_gb_month')
  expect(cost.missing).toHaveLength(9)
})
