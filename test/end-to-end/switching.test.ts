import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from '@lupa/core/domain/job'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CLASSIFIER, onnxFile, withMetadata } from '../../packages/core/test/models/onnx-file.ts'
import { distinct, getJson, type Lupa, post, startLupa, untilDone } from './lupa.ts'

const SHIPPED = join(import.meta.dirname, '../../models/bottle-status')
const closed = readFileSync(join(SHIPPED, 'samples/fechada-1.jpg'))
const [shippedVersion = ''] = readdirSync(SHIPPED).filter((name) => /^\d+$/.test(name))
const network = readFileSync(join(SHIPPED, shippedVersion, 'model.onnx'))
const { fit } = JSON.parse(readFileSync(join(SHIPPED, shippedVersion, 'manifest.json'), 'utf8'))

const JOBS = 200
const WORKERS = 2
const SENDERS = 8
const JOBS_PER_SWITCH = 24

describe('the versions of a model', () => {
  let lupa: Lupa
  let models: string

  beforeAll(async () => {
    models = mkdtempSync(join(tmpdir(), 'lupa-e2e-models-'))
    putModel('1', network, ['aberta', 'fechada'])
    lupa = await startLupa({ MODELS_DIR: models, WORKERS: `${WORKERS}`, WORKER_SLOTS: '1' })
  })
  afterAll(async () => {
    await lupa[Symbol.asyncDispose]()
    rmSync(models, { recursive: true })
  })

  const modelUrl = (wanted: string) => `${lupa.url}/v1/models/${wanted}`

  async function point(alias: string, version: string, waitWarmSeconds = 0): Promise<Response> {
    return fetch(modelUrl(`bottle-status/aliases/${alias}`), {
      method: 'PUT',
      body: JSON.stringify({ version, wait_warm_seconds: waitWarmSeconds }),
      headers: { 'content-type': 'application/json' },
    })
  }

  const submit = (mark: string, model?: string) =>
    post(`${lupa.url}/v1/jobs`, distinct(closed, mark), { fields: model === undefined ? {} : { model } })

  test('are loaded by every worker before a switch that waits for it, while the other one serves', async () => {
    expect((await point('stable', '1')).status).toBe(200)
    // The answer tells which of the two has given it.
    putModel('2', withMetadata(network, { copy: '2' }), ['open', 'closed'])
    let isSwitched = false
    const switching = point('stable', '2', 30).finally(() => {
      isSwitched = true
    })
    const meanwhile: Job[] = []
    while (!isSwitched) {
      const { body } = await submit(`meanwhile ${meanwhile.length}`)
      meanwhile.push(await untilDone(lupa.url, body.id))
    }
    const answer = await switching
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ version: '2', aliases: ['stable'], warm_workers: WORKERS })
    const others = meanwhile.filter(
      ({ status, prediction }) => status !== 'succeeded' || prediction !== 'fechada',
    )
    // But for one that was submitted just then.
    expect(others.length).toBeLessThanOrEqual(1)
    expect(meanwhile.length).toBeGreaterThan(5)
    const { body } = await submit('after')
    expect(await untilDone(lupa.url, body.id)).toMatchObject({ prediction: 'closed', attempt: 1 })
  }, 60_000)

  test(`are switched under ${JOBS} jobs: each runs the one it was accepted for, and none is lost`, async () => {
    const digests = new Map<string, string | null>()
    for (const version of ['1', '2']) {
      const { digest } = await getJson<Model>(modelUrl(`bottle-status@${version}`))
      digests.set(version, digest)
    }
    expect(new Set(digests.values()).size).toBe(2)

    // Undefined while a switch is under way; otherwise what every request that begins now must mean.
    let settled: { version: string } | undefined
    let switches = 0
    let submitted = 0
    const accepted: Job[] = []
    const promised: { version: string; job: Job }[] = []
    async function switchBackAndForth(): Promise<void> {
      while (submitted < JOBS) {
        const version = switches % 2 ? '2' : '1'
        settled = undefined
        const answer = await point('stable', version)
        expect(await answer.json()).toMatchObject({ version, aliases: ['stable'] })
        settled = { version }
        switches++
        const next = Math.min(submitted + JOBS_PER_SWITCH, JOBS)
        while (submitted < next) await sleep(2)
      }
    }
    async function send(): Promise<void> {
      while (submitted < JOBS) {
        const before = settled
        const { status, body } = await submit(`switched ${submitted++}`)
        expect(status).toBe(202)
        accepted.push(body)
        if (before && before === settled) promised.push({ version: before.version, job: body })
      }
    }
    await Promise.all([switchBackAndForth(), ...Array.from({ length: SENDERS }, send)])

    const ended = await Promise.all(accepted.map(({ id }) => untilDone(lupa.url, id)))
    expect(new Set(ended.map(({ id }) => id)).size).toBe(JOBS)
    expect(ended.filter(({ status }) => status !== 'succeeded')).toEqual([])
    expect(ended.map(({ model }) => model)).toEqual(accepted.map(({ model }) => model))
    for (const { model, prediction } of ended) {
      expect(model.digest).toBe(digests.get(model.version))
      expect(prediction).toBe(model.version === '1' ? 'fechada' : 'closed')
    }
    expect(promised.filter(({ version, job }) => job.model.version !== version)).toEqual([])
    expect(promised.length).toBeGreaterThan(JOBS / 4)
    expect(switches).toBeGreaterThan(3)
    const ofFirst = ended.filter(({ model }) => model.version === '1').length
    expect(Math.min(ofFirst, JOBS - ofFirst)).toBeGreaterThan(JOBS / 4)
  }, 90_000)

  test('that cannot be loaded fail their own jobs, are told of, and harm nobody else', async () => {
    await point('stable', '1')
    const workers = workerIds()
    // It passes the catalog: only a worker finds out.
    putModel('3', onnxFile(CLASSIFIER), ['aberta', 'fechada'])
    expect((await point('stable', '3')).status).toBe(200)
    const doomed = await submit('doomed')
    expect(doomed.body.model.version).toBe('3')
    const others = await Promise.all(
      Array.from({ length: 20 }, (_, at) => submit(`other ${at}`, 'bottle-status@2')),
    )

    const failed = await untilDone(lupa.url, doomed.body.id)
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'model_unavailable' } })
    const ended = await Promise.all(others.map(({ body }) => untilDone(lupa.url, body.id)))
    expect(ended.filter(({ status }) => status !== 'succeeded')).toEqual([])
    expect(workerIds()).toEqual(workers)

    // Both workers have to have tried it before it counts as failed everywhere.
    for (let more = 0; more < 40 && !(await refusal()); more++) await sleep(250)
    expect(await refusal()).toMatchObject({
      status: 503,
      code: 'model_unavailable',
      detail: expect.stringContaining('bottle-status@3, which is stable, cannot be served'),
    })
    expect(await getJson<Model>(modelUrl('bottle-status'))).toMatchObject({
      version: '3',
      aliases: ['stable'],
      available: false,
      failure: expect.stringContaining('bottle-status@3'),
    })
    const refused = await point('candidate', '3')
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({ code: 'alias_refused' })

    expect((await point('stable', '1')).status).toBe(200)
    const rescued = await submit('rescued')
    expect(rescued.body.model.version).toBe('1')
    expect((await untilDone(lupa.url, rescued.body.id)).status).toBe('succeeded')
    expect(workerIds()).toEqual(workers)
  }, 90_000)

  test('that are one file under two manifests answer the same picture each in its own way', async () => {
    putModel('4', network, ['one', 'other'])
    const ask = async (model: string): Promise<Job> =>
      untilDone(lupa.url, (await submit('the same', model)).body.id)
    expect((await ask('bottle-status@1')).prediction).toBe('fechada')
    expect((await ask('bottle-status@4')).prediction).toBe('other')

    putModel('4', network, ['this', 'that'])
    const isSeen = async () => (await getJson<Model>(modelUrl('bottle-status@4'))).classes?.includes('that')
    await expect.poll(isSeen, { timeout: 10_000 }).toBe(true)
    expect(await ask('bottle-status@4')).toMatchObject({ prediction: 'that', cache: 'miss' })
    expect(await ask('bottle-status@4')).toMatchObject({ prediction: 'that', cache: 'hit' })
  }, 60_000)

  /** Undefined while such a job is still taken. */
  async function refusal() {
    const { status, body } = await submit(`refused ${Math.random()}`)
    return status === 202 ? undefined : { ...body, status }
  }

  const workerIds = () =>
    lupa.processes().flatMap(({ pid, command }) => (/apps\/worker\/src\/main/.test(command) ? [pid] : []))

  function putModel(version: string, file: Uint8Array, names: string[]): void {
    const folder = join(models, 'bottle-status', version)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ names, fit }))
    writeFileSync(join(folder, 'model.onnx'), file)
  }
})

interface Model {
  version: string
  digest: string | null
  classes: string[] | null
}
