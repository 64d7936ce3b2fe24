import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LupaError } from '@lupa/core/domain/errors'
import { newJobId } from '@lupa/core/domain/ids'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newImage } from '../../../apps/gateway/test/requests.ts'
import { type ServedGateway, serveGateway } from '../../../apps/gateway/test/served-gateway.ts'
import { aDeliveryRecord } from '../../core/test/delivery-records.ts'
import { Lupa } from '../src/library/node-lupa.ts'
import { startStandInGateway } from './lupa-command.ts'
import { runCommand } from './run-command.ts'

let served: ServedGateway
let lupa: Lupa
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  served = await serveGateway()
  lupa = new Lupa({ url: served.url })
  env = { LUPA_URL: served.url }
})
afterAll(() => served[Symbol.asyncDispose]())
afterEach(() => served.gateway.worker.failWith(undefined))

const run = (...args: string[]) => runCommand(args, env)

describe('lupa jobs', () => {
  test('lists, by what is asked for', async () => {
    const job = await lupa.predict(newImage(), { tags: ['listed'], name: 'garrafa.png' })
    const { stdout, code } = await run('jobs', '--tag', 'listed')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ID +CREATED +STATUS +MODEL +PREDICTION +TIME +IMAGE\n/)
    expect(stdout).toMatch(
      new RegExp(`^${job.id} .* succeeded +coco@2 +1 person, 1 car +\\d+ ms +garrafa.png$`, 'm'),
    )
    const listed = JSON.parse(
      (await run('jobs', 'list', '--status', 'succeeded', '--limit', '1', '--json')).stdout,
    )
    expect(listed).toMatchObject([{ id: job.id }])
    expect((await run('jobs', 'list', '--tag', 'nobody-has-it')).stdout).toContain('There is no such job')
  })

  test('shows one whole', async () => {
    const job = await lupa.predict(newImage(), { name: 'garrafa.png' })
    const { stdout } = await run('jobs', 'show', job.id)
    expect(stdout).toMatch(/image +garrafa\.png, \d+ × \d+, png, \d+ kB/)
    expect(stdout).toMatch(/time +\d+ ms \(queue [\d.]+, inference 5\.0\)/)
    expect(stdout).toMatch(/ {2}90\.0 % {2}person {2}10 10 110 110/)
    expect(await run('jobs', 'show', newJobId())).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('404'),
    })
  })

  test('cancels, runs again and erases; one that is refused does not stop the others', async () => {
    const held = served.gateway.worker.hold()
    const job = await lupa.submit(newImage())
    await served.gateway.worker.taken(job.id)
    expect((await run('jobs', 'cancel', job.id)).stdout).toBe(`${job.id} is canceled.\n`)
    held.release()
    const again = (await run('jobs', 'retry', job.id)).stdout.trim()
    expect(await lupa.wait(again)).toMatchObject({ retry_of: job.id })
    const erased = await run('jobs', 'delete', newJobId(), again)
    expect(erased).toMatchObject({
      code: 1,
      stdout: `${again} is erased.\n`,
      stderr: expect.stringContaining('✗'),
    })
    await expect(lupa.get(again)).rejects.toMatchObject({ status: 404 })
  })

  test('shows what failed for good, and runs it again', async () => {
    served.gateway.worker.failWith(new LupaError('worker_lost', 'It died.'))
    const job = await lupa.wait(await lupa.submit(newImage()))
    served.gateway.worker.failWith(undefined)
    expect((await run('jobs', 'dead')).stdout).toMatch(
      new RegExp(`${job.id} .* local +coco@2 +\\d +worker_lost`),
    )
    const replayed = await run('jobs', 'replay', '--code', 'worker_lost')
    expect(replayed.stdout).toMatch(new RegExp(`${job.id} runs again as [\\da-f-]{36}`))
    expect(await run('jobs', 'replay', job.id)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('replayed'),
    })
    expect((await run('jobs', 'replay')).code).toBe(2)
  })
})

describe('lupa watch', () => {
  test('tells of the queue and the newest jobs', async () => {
    const job = await lupa.predict(newImage())
    const { stdout } = await run('watch', '--count', '2', '--interval', '0.01')
    expect(stdout.match(/waiting.*running.*workers?, \d+ of \d+ slots busy/g)).toHaveLength(2)
    expect(stdout).toContain(job.id)
    const lines = (await run('watch', '--count', '1', '--json')).stdout.trim().split('\n')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ object: 'queue' })
  })

  test('follows one job to its end, and ends as that did', async () => {
    const job = await lupa.submit(newImage())
    expect(await run('watch', job.id)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/succeeded {2}1 person/),
    })
    served.gateway.worker.failWith(new LupaError('image_unreadable', 'It is torn.'))
    const torn = await lupa.submit(newImage())
    expect(await run('watch', torn.id)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('It is torn.'),
    })
  })
})

describe('lupa webhooks', () => {
  test('listen verifies what comes, prints it, passes it on, and refuses what is not signed', async () => {
    const passed: { id: unknown; body: string }[] = []
    await using target = await startStandInGateway(({ headers, body }) => {
      passed.push({ id: headers['webhook-id'], body })
      return { status: 202, body: {} }
    })
    const address = Promise.withResolvers<string>()
    const listening = runCommand(
      ['webhooks', 'listen', '--port', '0', '--count', '1', '--test', '--forward', target.url],
      env,
      { onOutput: (text) => address.resolve(/http:\/\/127\.0\.0\.1:\d+\//.exec(text)?.[0] ?? '') },
    )
    const forged = await fetch(await address.promise, { method: 'POST', body: '{}' }).catch(() => undefined)
    const ended = await listening
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/webhook\.test {2}a test\n$/) })
    expect(passed).toMatchObject([{ id: expect.stringContaining('webhook-test') }])
    expect(JSON.parse(passed[0]?.body ?? '')).toMatchObject({ type: 'webhook.test' })
    // Unless the test came first, and ended it.
    if (forged) {
      expect(forged.status).toBe(400)
      expect(ended.stderr).toContain('refused without an id: The header webhook-id is missing.')
    }
  })

  test('listen says when it cannot listen', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const { code, stderr } = await run('webhooks', 'listen', '--port', `${port}`)
    taken.close()
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('EADDRINUSE') })
  })

  test('secret, test, deliveries and redeliver', async () => {
    const secret = (await run('webhooks', 'secret')).stdout
    expect(secret).toMatch(/^whsec_\S+\n$/)
    const rotated = await run('webhooks', 'secret', '--rotate')
    expect(rotated.stdout).not.toBe(secret)
    expect(rotated.stderr).toContain('The one before signs too')
    await using receiver = await startStandInGateway(() => ({ status: 500, body: { sorry: true } }))
    expect(await run('webhooks', 'test', receiver.url)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/not delivered {2}500 in \d+ ms .*sorry/),
    })

    const job = await lupa.predict(newImage())
    const delivery = aDeliveryRecord({ job_id: job.id, client: 'local' })
    await served.gateway.deps.jobStore.createDelivery(delivery)
    for (const args of [[], ['--job', job.id]])
      expect((await run('webhooks', 'deliveries', ...args)).stdout).toContain(delivery.id)
    for (const id of [job.id, delivery.id])
      expect((await run('webhooks', 'redeliver', id)).stdout).toContain(`${delivery.id} is sent again`)
  })
})

describe('lupa bench', () => {
  test('tells what an installation did under a bounded load', async () => {
    const { code, stdout } = await run('bench', '--count', '20', '--concurrency', '4', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      model: 'coco@2',
      asked: { rate: null, concurrency: 4, images: 20 },
      succeeded: 20,
      failed: {},
      rate_per_second: expect.any(Number),
      latency_ms: { p50: expect.any(Number), p99: expect.any(Number) },
      stages_ms: { inference: { p50: 5, max: 5 }, queue: expect.anything(), total: expect.anything() },
    })
    const [job] = (await lupa.list({ tag: 'lupa-bench' }).next()).value ? ['there'] : []
    expect(job).toBe('there')
  })

  test('keeps to a rate, counts what fails, and ends with 1', async () => {
    served.gateway.worker.failWith(new LupaError('image_unreadable', 'It is torn.'))
    const beganMs = performance.now()
    const { code, stdout } = await run('bench', '--count', '3', '--rate', '10')
    expect(performance.now() - beganMs).toBeGreaterThan(199)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^0 images a second: 0 in [\d.]+ s, no model[\s\S]*3 failed: JobError/)
  })
})

describe('lupa doctor', () => {
  test('finds that no worker is alive, and says what to do', async () => {
    const { code, stdout } = await run('doctor')
    expect(code).toBe(1)
    expect(stdout).toMatch(/✓ gateway +\S+ answers in \d+ ms\.\n/)
    expect(stdout).toMatch(/✗ workers +No worker is alive: jobs wait\.\n +→ Start one: `npm start`/)
    expect(stdout).toMatch(/! models +broken@1 cannot be served: .*\n +→ /)
    expect(stdout).toMatch(/✓ a sample +coco@2 saw 1 person, 1 car in \d+ ms/)
    const { findings, well } = JSON.parse((await run('doctor', '--json')).stdout)
    expect(well).toBe(false)
    expect(findings.map(({ check }: { check: string }) => check)).toEqual([
      'node',
      'gateway',
      'credentials',
      'version',
      'redis',
      'job store',
      'image store',
      'workers',
      'models',
      'models',
      'queue',
      'a sample',
    ])
  })

  test('finds a store that is away, a clock that is off, and a queue that stands still', async () => {
    await using ailing = await startStandInGateway(({ url }) => {
      if (url === '/health') {
        const checks = { redis: { ok: false, latency_ms: 1500, error: 'does not answer; the log says why' } }
        return { status: 503, body: { status: 'not_ready', version: '1', uptime_seconds: 1, checks } }
      }
      if (url === '/v1/queue') {
        const workers = [{ name: 'w', slots: 500, busy: 0 }]
        return {
          status: 200,
          body: {
            waiting: 9,
            oldest_waiting_seconds: 100,
            rate_per_second: null,
            limit: 10,
            taken: 9,
            workers,
          },
        }
      }
      if (url === '/v1/models') return { status: 200, body: { data: [] } }
      if (url === '/livez') return { status: 200, body: {} }
      return { status: 400, body: { title: 'No', code: 'invalid_parameter' } }
    })
    const { stdout, code } = await runCommand(['doctor'], { LUPA_URL: ailing.url })
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /✗ redis +does not answer.*\n +→ Is Redis running, and does REDIS_URL lead to it\?/,
    )
    expect(stdout).toMatch(/! workers +1 alive, 500 slots on \d+ cores\n +→ Set WORKER_SLOTS/)
    expect(stdout).toMatch(/✗ models +No model can be served\./)
    expect(stdout).toMatch(/✗ queue +9 waiting, the oldest for 100 s; none has ended/)
    expect(stdout).toContain('It does not work as it should.')
  })

  test('no gateway is 3, wrong credentials are 4', async () => {
    expect((await runCommand(['doctor'], { LUPA_URL: 'http://127.0.0.1:9' })).code).toBe(3)
    await using closed = await startStandInGateway(({ url }) => ({
      status: url === '/livez' ? 200 : 401,
      body: {},
    }))
    expect(await runCommand(['doctor'], { LUPA_URL: closed.url })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('LUPA_API_KEY'),
    })
  })
})
