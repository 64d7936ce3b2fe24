import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { LupaError } from '@lupa/core/domain/errors'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CLASSIFIER, onnxFile } from '../../../packages/core/test/models/onnx-file.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm } from './requests.ts'

let redis: TestRedis
let directory: string
let gateway: GatewayUnderTest

beforeAll(async () => {
  redis = await startRedisServer()
})
afterAll(() => redis[Symbol.asyncDispose]())

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lupa-test-aliases-'))
  for (const version of ['1', '2', '3']) putModel(version)
  putModel('4', Buffer.from('no model'))
  gateway = await start()
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

describe('an alias', () => {
  test('that is pointed to a version is what the next request means', async () => {
    expect(await versionRun()).toBe('3')
    const answer = await point('stable', { version: '1' })
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({
      object: 'model',
      name: 'bottle',
      version: '1',
      aliases: ['stable'],
    })
    expect(await versionRun()).toBe('1')
    await point('stable', { version: '2' })
    await point('candidate', { version: '3' })
    expect(await versionRun()).toBe('2')
    expect(await versionRun('bottle@candidate')).toBe('3')
    expect(await versionRun('bottle@stable')).toBe('2')
    expect(await versionRun('bottle@1')).toBe('1')
  })

  test('may be moved only from where it is expected to be', async () => {
    expect((await point('stable', { version: '1', if_version: null })).statusCode).toBe(200)
    const refusal = await point('stable', { version: '3', if_version: '2' })
    expect(refusal.statusCode).toBe(409)
    expect(refusal.json()).toMatchObject({
      code: 'alias_moved',
      detail: 'bottle@stable is version 1 by now, and not version 2. It was left as it is.',
    })
    expect(refusal.headers).not.toHaveProperty('retry-after')
    expect((await point('stable', { version: '3', if_version: null })).json().detail).toMatch(/was to be new/)
    expect((await point('candidate', { version: '3', if_version: '2' })).json().detail).toMatch(
      /is not there/,
    )
    expect(await versionRun()).toBe('1')
    expect((await point('stable', { version: '3', if_version: '1' })).statusCode).toBe(200)
    expect(await versionRun()).toBe('3')
  })

  test('that is removed leaves the highest version, and cannot be removed twice', async () => {
    await point('stable', { version: '1' })
    const removed = await remove('stable')
    expect([removed.statusCode, removed.body]).toEqual([204, ''])
    expect(await versionRun()).toBe('3')
    const again = await remove('stable')
    expect(again.statusCode).toBe(404)
    expect(again.json()).toMatchObject({ code: 'alias_not_found', detail: 'bottle has no alias "stable".' })
  })

  test('changes nothing for jobs that were accepted before, nor for running them again', async () => {
    await point('stable', { version: '1' })
    const held = gateway.worker.hold()
    const job = (await submit()).json()
    await point('stable', { version: '2' })
    held.release()
    const ended = (await get(`/v1/jobs/${job.id}?wait=10`)).json()
    expect(ended).toMatchObject({ status: 'succeeded', model: job.model })
    expect(ended.model.version).toBe('1')
    const retry = await gateway.app.inject({ method: 'POST', url: `/v1/jobs/${job.id}/retry` })
    expect(retry.json().model).toEqual(job.model)
    const other = await gateway.app.inject({ method: 'POST', url: `/v1/jobs/${job.id}/retry?model=bottle` })
    expect(other.json().model.version).toBe('2')
  })

  test('is not asked of the store for each request', async () => {
    let reads = 0
    const jobStore = {
      ...gateway.deps.jobStore,
      listAliases() {
        reads++
        return gateway.deps.jobStore.listAliases()
      },
    }
    await point('stable', { version: '1' })
    await using other = await start({ jobStore })
    const beganMs = performance.now()
    for (let request = 0; request < 50; request++) expect(await versionRun('bottle', other)).toBe('1')
    // One read at the start, one when it was not there yet, and one every two seconds.
    expect(reads).toBeLessThanOrEqual(2 + Math.floor((performance.now() - beganMs) / 2000))
  })
})

describe('a gateway', () => {
  test('learns within two seconds of what another one has pointed', async () => {
    await using other = await start({ jobStore: gateway.deps.jobStore })
    expect(await versionRun('bottle', other)).toBe('3')
    await point('stable', { version: '1' })
    const pointedAtMs = performance.now()
    await expect.poll(() => versionRun('bottle', other), { timeout: 5000, interval: 20 }).toBe('1')
    expect(performance.now() - pointedAtMs).toBeLessThan(4000)
  })

  test('goes by what it knew last while the store cannot be read', async () => {
    let isAway = false
    const jobStore = {
      ...gateway.deps.jobStore,
      async listAliases() {
        if (isAway) throw new LupaError('store_unavailable', 'The store is away.')
        return gateway.deps.jobStore.listAliases()
      },
    }
    await point('stable', { version: '1' })
    await using other = await start({ jobStore })
    expect(await versionRun('bottle', other)).toBe('1')
    isAway = true
    await new Promise((resolve) => setTimeout(resolve, 2200))
    expect(await versionRun('bottle', other)).toBe('1')
    expect((await other.app.inject('/v1/models/bottle')).json()).toMatchObject({ version: '1' })
  })

  test('guesses nothing when it never could read it: versions that are named are served', async () => {
    const jobStore = {
      ...gateway.deps.jobStore,
      listAliases: async () => Promise.reject(new LupaError('store_unavailable', 'The store is away.')),
    }
    await using other = await start({ jobStore })
    expect((await submit('bottle', other)).json()).toMatchObject({ status: 503, code: 'store_unavailable' })
    expect(await versionRun('bottle@2', other)).toBe('2')
  })
})

describe('it is refused to point an alias', () => {
  test.each([
    ['to a model that is not there', '/v1/models/cat/aliases/stable', { version: '1' }, 404, /"cat@1"/],
    [
      'to a version that is not there',
      aliasUrl('stable'),
      { version: '9' },
      404,
      /"bottle@9".*are 3, 2, 1\./,
    ],
    ['to an alias', aliasUrl('stable'), { version: 'candidate' }, 404, /"bottle@candidate"/],
    [
      'to a version that is broken',
      aliasUrl('stable'),
      { version: '4' },
      422,
      /it is no ONNX model.*stable stays/,
    ],
    [
      'that is called as a version is',
      aliasUrl('2'),
      { version: '1' },
      422,
      /2 is a version of bottle already/,
    ],
    ['whose name is no name', aliasUrl('-x'), { version: '1' }, 400, /alias="-x" is not valid/],
    ['whose name is too long', aliasUrl('x'.repeat(65)), { version: '1' }, 400, /at most 64 characters/],
    ['whose name is kept', aliasUrl('stable.next'), { version: '1' }, 400, /no name that ends in \.next/],
    ['of a version', '/v1/models/bottle@1/aliases/stable', { version: '1' }, 400, /without a version/],
    ['without saying where to', aliasUrl('stable'), {}, 400, /version=nothing is not valid/],
    ['to a number', aliasUrl('stable'), { version: 2 }, 400, /version=2 is not valid: it must be text/],
    [
      'with what is not known',
      aliasUrl('stable'),
      { version: '1', force: true },
      400,
      /no parameter "force"/,
    ],
  ])('%s', async (_what, url, body, status, detail) => {
    await point('candidate', { version: '1' })
    const answer = await gateway.app.inject({ method: 'PUT', url, payload: body })
    expect(answer.json()).toMatchObject({ status, detail: expect.stringMatching(detail) })
    expect(answer.statusCode).toBe(status)
    expect(await gateway.deps.jobStore.listAliases()).toMatchObject([{ alias: 'candidate', version: '1' }])
  })

  test('to a version that workers could not load, until one has', async () => {
    const { digest } = (await get('/v1/models/bottle@2')).json()
    const state = { name: 'bottle', version: '2', digest }
    const { registry } = gateway.deps
    const beat = (worker: string, failure: string | null) =>
      registry.beat({ worker, slots: 1, busy: 0, models: [{ ...state, failure }] })
    await registry.beat({ worker: 'one', slots: 1, busy: 0, models: [] })
    await beat('two', 'Opset 99 is too new.')
    const refusal = await point('stable', { version: '2' })
    expect(refusal.json()).toMatchObject({
      status: 422,
      code: 'alias_refused',
      detail: 'bottle@2 cannot be served: Opset 99 is too new. stable stays as it was.',
    })
    await beat('one', null)
    expect((await point('stable', { version: '2' })).json()).toMatchObject({ version: '2', warm_workers: 1 })

    // It was fine and fails later: who asks for the alias hears of both.
    await beat('one', 'The file is damaged.')
    await beat('two', 'The file is damaged.')
    const isRefused = async () => (await submit()).json()
    await expect.poll(isRefused, { timeout: 5000, interval: 200 }).toMatchObject({
      code: 'model_unavailable',
      detail: 'The model bottle@2, which is stable, cannot be served: The file is damaged.',
    })
    await Promise.all([registry.leave('one'), registry.leave('two')])
  })
})

describe('a switch that waits until the version is warm', () => {
  const beat = async (worker: string, versions: string[], failure: string | null = null) => {
    const shown = await Promise.all(versions.map((version) => get(`/v1/models/bottle@${version}`)))
    const models = shown.map((answer) => ({ ...stateOf(answer.json()), failure }))
    await gateway.deps.registry.beat({ worker, slots: 1, busy: 0, models })
  }
  const listed = async () =>
    (await gateway.deps.jobStore.listAliases()).map(({ alias, version }) => `${alias}=${version}`)
  /** As workers see it: they load what an alias means. */
  const untilAsked = (version: string) =>
    expect.poll(listed, { interval: 20 }).toContain(`stable.next=${version}`)
  afterEach(async () => {
    await Promise.all(['one', 'two'].map((worker) => gateway.deps.registry.leave(worker)))
  })

  test('has workers load it first, and switches once all have', async () => {
    await Promise.all([beat('one', ['1']), beat('two', ['1'])])
    await point('stable', { version: '1' })
    const switching = point('stable', { version: '2', wait_warm_seconds: 20 })
    await untilAsked('2')
    expect(await versionRun()).toBe('1')
    await beat('one', ['1', '2'])
    expect(await versionRun()).toBe('1')
    await beat('two', ['1', '2'])
    const answer = await switching
    expect(answer.json()).toMatchObject({ version: '2', aliases: ['stable'], warm_workers: 2 })
    expect(await versionRun()).toBe('2')
    expect(await listed()).toEqual(['stable=2'])
  })

  test('is content with one worker when its time is over', async () => {
    await Promise.all([beat('one', ['2']), beat('two', [])])
    expect((await point('stable', { version: '2', wait_warm_seconds: 1 })).statusCode).toBe(200)
    expect(await listed()).toEqual(['stable=2'])
  })

  test('is given up when no worker has it by then, or one fails to load it', async () => {
    await Promise.all([beat('one', []), beat('two', [])])
    await point('stable', { version: '1' })
    expect((await point('stable', { version: '2', wait_warm_seconds: 1 })).json()).toMatchObject({
      status: 422,
      code: 'alias_refused',
      detail: expect.stringMatching(
        /^None of the 2 live workers has loaded bottle@2 within 1 s\. stable stays/,
      ),
    })
    const switching = point('stable', { version: '2', wait_warm_seconds: 20 })
    await untilAsked('2')
    await beat('one', ['2'], 'Opset 99 is too new.')
    expect((await switching).json()).toMatchObject({
      status: 422,
      detail: 'bottle@2 cannot be served: Opset 99 is too new. stable stays as it was.',
    })
    expect(await listed()).toEqual(['stable=1'])
    expect(await versionRun()).toBe('1')
  })

  test('does not begin when the alias is not where it is expected to be', async () => {
    await point('stable', { version: '1' })
    const beganMs = performance.now()
    const refusal = await point('stable', { version: '2', if_version: '3', wait_warm_seconds: 20 })
    expect(refusal.json()).toMatchObject({ status: 409, code: 'alias_moved' })
    expect(performance.now() - beganMs).toBeLessThan(5000)
  })

  test('still asks where the alias is by then', async () => {
    await beat('one', [])
    await point('stable', { version: '1' })
    const switching = point('stable', { version: '2', if_version: '1', wait_warm_seconds: 20 })
    await untilAsked('2')
    await point('stable', { version: '3' })
    await beat('one', ['2'])
    expect((await switching).json()).toMatchObject({ status: 409, code: 'alias_moved' })
    expect(await listed()).toEqual(['stable=3'])
  })

  test('keeps others from waiting for another version, unless its gateway has died', async () => {
    await beat('one', ['2', '3'])
    const next = { model: 'bottle', alias: 'stable.next', version: '3', setBy: 'ana' }
    const setAt = (ageMs: number) => new Date(Date.now() - ageMs).toISOString()
    await gateway.deps.jobStore.setAlias({ ...next, setAt: setAt(60_000) })
    const refusal = await point('stable', { version: '2', wait_warm_seconds: 1 })
    expect(refusal.json()).toMatchObject({
      status: 409,
      detail: 'bottle@stable is just being switched to version 3. Try again once that is over.',
    })
    expect((await point('stable', { version: '3', wait_warm_seconds: 1 })).statusCode).toBe(200)
    await gateway.deps.jobStore.setAlias({ ...next, setAt: setAt(600_000) })
    expect((await point('stable', { version: '2', wait_warm_seconds: 1 })).statusCode).toBe(200)
    expect(await listed()).toEqual(['stable=2'])
  })

  test('may not take longer than any request', async () => {
    expect((await point('stable', { version: '2', wait_warm_seconds: 61 })).json()).toMatchObject({
      status: 400,
      detail: expect.stringContaining('at most 60'),
    })
  })
})

describe('an alias whose version is gone', () => {
  test('fails its requests, is shown with the reason, and can be pointed elsewhere', async () => {
    await point('stable', { version: '1' })
    await point('candidate', { version: '2' })
    rmSync(join(directory, 'bottle', '1'), { recursive: true })
    await get('/v1/models')
    const refusal = await submit()
    expect(refusal.json()).toMatchObject({
      status: 503,
      code: 'model_unavailable',
      detail: expect.stringMatching(
        /^bottle@stable is version 1, which cannot be served\. .*Available: bottle@3/,
      ),
    })
    expect(await versionRun('bottle@candidate')).toBe('2')
    const shown = (await get('/v1/models/bottle')).json()
    expect(shown).toMatchObject({
      version: '1',
      aliases: ['stable'],
      available: false,
      failure: expect.stringMatching(
        /There is no version 1 of bottle in MODELS_DIR, and its alias stable means it/,
      ),
      digest: null,
      metrics: null,
    })
    expect((await get('/v1/models')).json().data).toContainEqual(
      expect.objectContaining({ failure: shown.failure }),
    )
    expect((await point('stable', { version: '1' })).statusCode).toBe(404)
    expect((await point('stable', { version: '3' })).statusCode).toBe(200)
    expect(await versionRun()).toBe('3')
  })
})

describe('models', () => {
  test('are shown with their aliases, and one by one with all that is known of them', async () => {
    await point('stable', { version: '2' })
    await point('candidate', { version: '2' })
    const { data } = (await get('/v1/models')).json()
    const shown = data.map(({ version, aliases, default: isDefault }: Shown) => [version, aliases, isDefault])
    expect(shown).toEqual([
      ['4', [], false],
      ['3', [], false],
      ['2', ['candidate', 'stable'], true],
      ['1', [], false],
    ])
    expect(data[2]).not.toHaveProperty('metrics')
    for (const wanted of ['bottle', 'bottle@2', 'bottle@stable', 'bottle@candidate']) {
      expect((await get(`/v1/models/${wanted}`)).json()).toMatchObject({
        name: 'bottle',
        version: '2',
        aliases: ['candidate', 'stable'],
        versions: ['4', '3', '2', '1'],
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        licence: 'MIT',
        metrics: { held_out: { accuracy: 0.9 } },
        trained_on: { pictures: 4000 },
        limits: ['It never saw a cat.'],
        available: true,
        failure: null,
        warm_workers: 0,
      })
    }
    expect((await get('/v1/models/bottle@4')).json()).toMatchObject({ available: false, metrics: null })
    expect((await get('/v1/models/bottle@nightly')).json()).toMatchObject({ code: 'model_not_found' })
  })

  test('without `stable` are shown as a request would run them: the highest that can be served', async () => {
    expect((await get('/v1/models/bottle')).json()).toMatchObject({ version: '3', default: true })
  })
})

test('the log tells who pointed what where', async () => {
  const lines: string[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  await using other = await start({
    logger: pino({ level: 'info' }, sink),
    env: { API_USERNAME: 'ana', API_PASSWORD: 'pw' },
  })
  const headers = { authorization: `Basic ${Buffer.from('ana:pw').toString('base64')}` }
  const url = aliasUrl('stable')
  expect((await other.app.inject({ method: 'PUT', url, payload: { version: '1' } })).statusCode).toBe(401)
  for (const version of ['1', '2'])
    await other.app.inject({ method: 'PUT', url, payload: { version }, headers })
  await other.app.inject({ method: 'DELETE', url, headers })
  const told = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg.startsWith('a model alias'))
  expect(told).toMatchObject([
    {
      client: 'basic:ana',
      model: 'bottle',
      alias: 'stable',
      from: null,
      to: '1',
      request_id: expect.any(String),
    },
    { client: 'basic:ana', from: '1', to: '2' },
    { client: 'basic:ana', from: '2', to: null },
  ])
  expect(await other.deps.jobStore.listAliases()).toEqual([])
})

function stateOf({ name, version, digest }: Shown) {
  return { name, version, digest }
}

interface Shown {
  name: string
  digest: string
  version: string
  aliases: string[]
  default: boolean
}

function aliasUrl(alias: string): string {
  return `/v1/models/bottle/aliases/${alias}`
}

function start(overrides: Parameters<typeof startGateway>[1] = {}): Promise<GatewayUnderTest> {
  const catalog = createFolderModelCatalog({ directory })
  const { env, ...rest } = overrides
  return startGateway(redis.url, { catalog, env: { DEFAULT_MODEL: 'bottle', ...env }, ...rest })
}

function get(url: string) {
  return gateway.app.inject(url)
}

function point(alias: string, payload: object) {
  return gateway.app.inject({ method: 'PUT', url: aliasUrl(alias), payload })
}

function remove(alias: string) {
  return gateway.app.inject({ method: 'DELETE', url: aliasUrl(alias) })
}

function submit(model?: string, to = gateway) {
  const query = model === undefined ? '' : `?model=${model}`
  return to.app.inject({ method: 'POST', url: `/v1/jobs${query}`, ...imageForm() })
}

async function versionRun(model?: string, to = gateway): Promise<string> {
  return (await submit(model, to)).json().model?.version
}

/** A package that passes the catalog; its graph is none that runs. */
function putModel(version: string, bytes = onnxFile({ ...CLASSIFIER, version })): void {
  const folder = join(directory, 'bottle', version)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'model.onnx'), bytes)
  const manifest = {
    licence: 'MIT',
    metrics: { held_out: { accuracy: 0.9 } },
    trained_on: { pictures: 4000 },
    limits: ['It never saw a cat.'],
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
}
