import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job } from '@lupa/core/domain/job'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startReceiver } from '../../apps/worker/test/webhook-bench.ts'
import { distinct, getJson, type Lupa, post, startLupa, untilDone } from '../end-to-end/lupa.ts'
import { type RunSamples, runCurl, runPython, runTypeScript, type Sampled } from './code-samples.ts'
import { blocksOf, furnish, sessionOf } from './page-commands.ts'

// What the documents say, done with the real thing: one for all of them.

const ROOT = join(import.meta.dirname, '..', '..')
const SAMPLES = join(ROOT, 'models/bottle-status/samples')
const BOTTLE = readFileSync(join(SAMPLES, 'aberta-1.jpg'))
const TABLE = readFileSync(join(ROOT, 'models/bottles/samples/table.jpg'))
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0,
)
const hasRequests = spawnSync('python3', ['-c', 'import requests'], { stdio: 'ignore' }).status === 0

const stack = new AsyncDisposableStack()
let lupa: Lupa
let receiver: Awaited<ReturnType<typeof startReceiver>>

beforeAll(async () => {
  lupa = stack.use(await startLupa())
  receiver = stack.use(await startReceiver((_request, response) => response.writeHead(204).end()))
}, 120_000)
afterAll(() => stack.disposeAsync())

function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-docs-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  cpSync(join(SAMPLES, 'aberta-1.jpg'), join(directory, 'bottle.jpg'))
  cpSync(join(SAMPLES, 'fechada-1.jpg'), join(directory, 'bottle-2.jpg'))
  return directory
}

describe('the code samples of every operation are answered', () => {
  let marks = 0

  /** What a reader has in variables: each time another, since samples cancel, erase and revoke. */
  const makers: Record<string, () => Promise<Record<string, string>>> = {
    JOB: async () => ({ JOB: (await submit(BOTTLE)).id }),
    ERASURE: async () => ({ ERASURE: await idOf('/v1/clients/nobody/data', undefined, {}, 'DELETE') }),
    DEAD: async () => ({ DEAD: (await submit(aBrokenPicture())).id }),
    KEY: async () => {
      const json = JSON.stringify({ client: 'line-3' })
      return { KEY: await idOf('/v1/keys', json, { 'content-type': 'application/json' }) }
    },
    BATCH: async () => {
      const form = new FormData()
      for (const picture of [BOTTLE, aBrokenPicture()])
        form.append('image', new Blob([Uint8Array.from(picture)]), 'bottle.jpg')
      const id = await idOf('/v1/batches', form)
      await fetch(`${lupa.url}/v1/batches/${id}?wait=30`)
      return { BATCH: id }
    },
    DELIVERY: async () => {
      const { id } = await submit(BOTTLE, { webhook_url: receiver.url })
      const deliveries = async () =>
        (await getJson<{ data: { id: string; status: string }[] }>(`${lupa.url}/v1/jobs/${id}/deliveries`))
          .data
      await expect.poll(deliveries, { timeout: 15_000 }).toMatchObject([{ status: 'delivered' }])
      return { JOB: id, DELIVERY: (await deliveries())[0]?.id ?? '' }
    },
  }

  async function variablesOf({ operationId, source }: { operationId: string; source: string }) {
    if (/^get(Annotated|Crops|Redacted)/.test(operationId))
      return { JOB: (await submit(TABLE, { model: 'bottles' })).id }
    if (operationId === 'redeliverNewest') return makers.DELIVERY?.() ?? {}
    const [, name = ''] =
      /\b(DELIVERY|JOB|DEAD|KEY|BATCH|ERASURE)\b/.exec(source.replace('LUPA_API_KEY', '')) ?? []
    const wanted = source.includes('DELIVERY') ? 'DELIVERY' : name
    return (await makers[wanted]?.()) ?? {}
  }

  async function submit(picture: Uint8Array, fields: Record<string, string> = {}): Promise<Job> {
    return (await post(`${lupa.url}/v1/jobs`, picture, { fields, headers: { prefer: 'wait=30' } })).body
  }

  /** Its header can be read and the rest cannot, so it fails in the worker. */
  function aBrokenPicture(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(distinct(BOTTLE.subarray(0, 2000), `${marks++}`))
  }

  async function idOf(
    path: string,
    body: FormData | string | undefined,
    headers: Record<string, string> = {},
    method = 'POST',
  ) {
    const response = await fetch(`${lupa.url}${path}`, { method, headers, body: body ?? null })
    return ((await response.json()) as { id: string }).id
  }

  async function operations(): Promise<Sampled[]> {
    const { paths } = await getJson<{
      paths: Record<string, Record<string, { operationId: string; 'x-codeSamples'?: Sampled['samples'] }>>
    }>(`${lupa.url}/openapi.json`)
    const all = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId, 'x-codeSamples': samples = [] }) => ({
        operationId,
        samples,
      })),
    )
    // Its body is text in base64, which Roboflow's own client makes.
    return all.filter(({ operationId }) => operationId !== 'roboflowInfer')
  }

  test('there are three of each', async () => {
    for (const { operationId, samples } of await operations()) {
      expect([operationId, samples.map(({ label }) => label)]).toEqual([
        operationId,
        ['curl', 'TypeScript', 'Python'],
      ])
    }
  })

  const languages: [label: string, runSamples: RunSamples, isThere: boolean][] = [
    ['curl', runCurl, true],
    ['TypeScript', runTypeScript, true],
    ['Python', runPython, hasRequests],
  ]
  test.for(languages)('in %s', { timeout: 240_000 }, async ([label, runSamples, isThere], { skip }) => {
    skip(!isThere, 'the Python package requests is not there')
    const sampled = await operations()
    const sources = []
    for (const { operationId, samples } of inOrder(sampled)) {
      const source = samples.find((sample) => sample.label === label)?.source ?? ''
      sources.push({
        operationId,
        source: source
          .replaceAll('http://localhost:5000', lupa.url)
          .replaceAll('https://hooks.example.com/lupa', receiver.url)
          .replaceAll(encodeURIComponent('https://hooks.example.com/lupa'), encodeURIComponent(receiver.url)),
        variables: await variablesOf({ operationId, source }),
      })
    }
    await runSamples(sources, { directory: aDirectory(), env: process.env })
  })

  /** An alias is there to be removed once it was pointed, and what is erased is of no use to others. */
  function inOrder(sampled: Sampled[]): Sampled[] {
    const last = ['removeAlias', 'eraseOwnData']
    return sampled.toSorted((one, other) => last.indexOf(one.operationId) - last.indexOf(other.operationId))
  }
})

describe.skipIf(!CHROMIUM)('/docs in a real browser', () => {
  test('shows every operation with its samples, asks no other host, and nothing is blocked', {
    timeout: 240_000,
  }, async () => {
    await using browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] })
    const page = await browser.newPage()
    page.setDefaultTimeout(100_000)
    const complaints: string[] = []
    const hosts = new Set<string>()
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('request', (request) => hosts.add(new URL(request.url()).host))
    await page.goto(`${lupa.url}/docs`)
    const operation = page.locator('#operations-queue-getQueue')
    await operation.locator('.opblock-summary-control').click()
    await operation.getByRole('button', { name: 'Python' }).click()
    expect(await operation.locator('.sample-source').textContent()).toContain(`"${lupa.url}/v1/queue"`)

    const health = page.locator('#operations-health-livez')
    await health.locator('.opblock-summary-control').click()
    await health.getByRole('button', { name: 'Try it out' }).click()
    await health.getByRole('button', { name: 'Execute' }).click()
    await health.getByText('"alive"').first().waitFor()

    const { paths } = await getJson<{ paths: Record<string, object> }>(`${lupa.url}/openapi.json`)
    const count = Object.values(paths).flatMap(Object.keys).length
    expect(await page.locator('.opblock').count()).toBe(count)
    expect(complaints).toEqual([])
    expect([...hosts]).toEqual([new URL(lupa.url).host])
  })
})

const GUIDES = [
  'docs/getting-started.md',
  'docs/bring-your-own-model.md',
  'docs/api.md',
  'docs/migrating.md',
  'docs/pt-BR/primeiros-passos.md',
  'docs/pt-BR/migracao.md',
]

test.for(GUIDES)('the commands of %s work one after the other', { timeout: 120_000 }, (page) => {
  const blocks = blocksOf(readFileSync(join(ROOT, page), 'utf8'))
  expect(blocks.some(({ notRun }) => notRun === null)).toBe(true)
  const directory = aDirectory()
  const env = furnish(directory, ROOT)
  const { status, stdout, stderr } = spawnSync('sh', ['-eu', '-c', sessionOf(blocks, lupa.url)], {
    cwd: directory,
    env,
    encoding: 'utf8',
  })
  expect({ status, said: status === 0 ? '' : stdout.slice(-2000) + stderr }).toEqual({ status: 0, said: '' })
})

test('a job can be followed through the logs of gateway and worker by its trace', async () => {
  const { body } = await post(`${lupa.url}/v1/jobs`, distinct(BOTTLE, 'traced'))
  const { trace_id } = await untilDone(lupa.url, body.id)
  const lines = () =>
    lupa
      .log()
      .split('\n')
      .filter((line) => line.includes(`"trace_id":"${trace_id}"`))
      .map((line) => JSON.parse(line) as { app: string; msg: string })
  await expect
    .poll(() => lines().map(({ app, msg }) => `${app}: ${msg}`), { timeout: 10_000 })
    .toEqual(expect.arrayContaining(['gateway: answered', 'worker: a job ended']))
})
