import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { PlanReport } from '../src/commands/plan.ts'
import { lineThrough, readMeasuredRates } from '../src/plan/measured-rates.ts'
import { createWorkplace, ROOT, type Workplace } from './lupa-command.ts'

// A command takes a second; on a machine that is busy with all the other tests, ten.
vi.setConfig({ testTimeout: 90_000 })

let place: Workplace

beforeAll(async () => {
  place = createWorkplace()
  const shipped = await createFolderModelCatalog({ directory: join(ROOT, 'models') }).resolve('bottle-status')
  const folder = join(place.modelsDirectory, 'bottle-status')
  cpSync(dirname(shipped.path), join(folder, '1'), { recursive: true })
  cpSync(join(ROOT, 'models/bottle-status/samples'), join(folder, 'samples'), { recursive: true })
})
afterAll(() => place[Symbol.dispose]())

test('lupa plan says what each part takes, how, and what of it was not measured', async () => {
  const { code, stdout, stderr } = await place.lupa(['plan', '--rps', '5000', '--runs', '2'])
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stdout).toMatch(/^5000 images a second of [\d.]+ kB each, with bottle-status@1$/m)
  for (const part of ['child slots', 'workers', 'gateways', 'Redis memory', 'Cosmos DB RU/s', 'Blob storage'])
    expect(stdout).toMatch(new RegExp(`^${part} +[\\d.]+`, 'm'))
  expect(stdout).toMatch(/Redis will not bear it on a core like this one: \d+ jobs a second/)
  expect(stdout).toContain('Not measured: RU are Microsoft’s figures')
  expect(stdout).toContain('--ru-per-job')
  expect(stdout).toContain('an extrapolation')
  expect(stdout).toContain('copy deploy/azure/prices.json')
})

test('as JSON it can be reckoned again, and follows its options', async () => {
  const options = ['--model', 'bottle-status', '--image-size', '2000000', '--cores', '4', '--busy', '0.5']
  const more = ['--retention-days', '7', '--cache-seconds', '0', '--queue-limit', '100']
  const { stdout } = await place.lupa(['plan', '--rps', '200', ...options, ...more, '--runs', '2', '--json'])
  const { load, rates, plan, cost } = JSON.parse(stdout) as PlanReport
  expect(load).toEqual({
    jobsPerSecond: 200,
    imageBytes: 2_000_000,
    coresPerWorker: 4,
    busy: 0.5,
    retentionDays: 7,
    cacheSeconds: 0,
    queueLimit: 100,
  })
  expect(rates.pictureMs).toBeGreaterThan(0)
  expect(rates.bytes.finished).toBeGreaterThan(rates.bytes.accepted)
  const cores = (200 * (rates.pictureMs + rates.workerMs)) / 1000 / 0.5
  expect(plan.workers.count).toBe(Math.ceil(cores / 4 - 1e-9))
  expect(plan.blob.storedBytes).toBe(2_000_000 * 200 * 86_400 * 7)
  expect(plan.redis.cachedResultsBytes).toBe(0)
  expect(cost).toBeNull()
})

test('request units that were measured take the place of those that are reckoned', async () => {
  const { stdout } = await place.lupa(['plan', '--rps', '1000', '--ru-per-job', '31.5', '--runs', '2'])
  expect(stdout).toMatch(/^Cosmos DB RU\/s +45000 /m)
  expect(stdout).toContain('31.5 RU a job (as given): 31500, at 70 % use, in steps of 1000')
  expect(stdout).toContain('Measured elsewhere: 31.5 RU a job')
  expect(stdout).not.toContain('Not measured')
})

test('what is filled in of the prices is added up, and the rest named with where to look it up', async () => {
  const file = join(place.directory, 'prices.json')
  const template = JSON.parse(readFileSync(join(ROOT, 'deploy/azure/prices.json'), 'utf8'))
  template.currency = 'EUR'
  template.prices.redis_instance_hour.price = 2
  writeFileSync(file, JSON.stringify(template))
  const { stdout } = await place.lupa(['plan', '--rps', '1', '--runs', '1', '--prices', file])
  expect(stdout).toMatch(/^redis_instance_hour +730 .* 1460\.00 EUR$/m)
  expect(stdout).toContain('1460.00 EUR a month, without what is missing')
  expect(stdout).toMatch(
    /^No price: blob_gb_month \(.*\)\. Look it up at https:\/\/azure\.microsoft\.com\/pricing/m,
  )
})

test.each([
  [['--rps', '0'], 2, 'A number above 0 is needed'],
  [['--rps', '1', '--busy', '0'], 2, 'A number above 0 is needed'],
  [
    ['--rps', '1', '--prices', 'none.json'],
    1,
    'none.json is no file of prices. Copy deploy/azure/prices.json',
  ],
  [['--rps', '1', '--model', 'jar'], 1, 'jar'],
])('refuses %j', async (options, code, message) => {
  const ended = await place.lupa(['plan', ...options])
  expect(ended).toMatchObject({ code, stderr: expect.stringContaining(message) })
})

test('two pictures of one model say what a request costs, and what a byte does', () => {
  // 3 ms at 1 kB and 5 ms at 5 kB: half a millisecond a kB, and 2.5 ms before the first.
  const line = lineThrough({ bytes: 1000, ms: 3 }, { bytes: 5000, ms: 5 })
  expect(line.baseMs).toBeCloseTo(2.5)
  expect(line.msPerByte).toBeCloseTo(0.0005)
})

test('what was measured is there, and is no nonsense', () => {
  const { gateway, workerMs, redisMs } = readMeasuredRates()
  for (const value of [gateway.baseMs, gateway.msPerByte, workerMs, redisMs]) expect(value).toBeGreaterThan(0)
  expect(() => readMeasuredRates(place.directory)).toThrow('Run: npm run bench')
})
