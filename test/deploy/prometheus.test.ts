import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startReceiver } from '../../apps/worker/test/webhook-bench.ts'
import { freePort } from '../../packages/core/test/services/redis-server.ts'
import { distinct, type Lupa, post, startLupa } from '../end-to-end/lupa.ts'
import { DASHBOARD, type Target, targetsOf } from './dashboard.ts'
import {
  hasPrometheus,
  PROMETHEUS_FOLDER,
  type PrometheusServer,
  startPrometheus,
} from './prometheus-server.ts'

const ROOT = join(import.meta.dirname, '../..')
const SAMPLE = readFileSync(join(ROOT, 'models/bottle-status/samples/aberta-1.jpg'))

// Debian and Ubuntu: apt-get install prometheus
describe.skipIf(!hasPrometheus)('with a real Prometheus', () => {
  test.for([
    ['check', 'config', join(PROMETHEUS_FOLDER, 'prometheus.yml')],
    ['test', 'rules', join(PROMETHEUS_FOLDER, 'tests/alerts.yml')],
  ])('promtool %s %s', (args) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' })
    expect({ status, said: stdout + stderr }).toMatchObject({ status: 0 })
  })

  describe('that scrapes a running gateway and worker', () => {
    const stack = new AsyncDisposableStack()
    const over = new AbortController()
    let lupa: Lupa
    let workerUrl = ''
    let prometheus: PrometheusServer

    beforeAll(async () => {
      const workerPort = await freePort()
      workerUrl = `http://127.0.0.1:${workerPort}`
      lupa = stack.use(await startLupa({ WORKER_PORT: `${workerPort}`, WORKERS: '1' }))
      prometheus = stack.use(
        await startPrometheus({
          'localhost:5000': new URL(lupa.url).host,
          'localhost:9465': `127.0.0.1:${workerPort}`,
        }),
      )
      const receiver = stack.use(await startReceiver((_request, response) => response.writeHead(204).end()))
      const traffic = sendTraffic(lupa.url, receiver.url, over.signal)
      stack.defer(() => traffic)
      stack.defer(() => over.abort())
    }, 120_000)
    afterAll(() => stack.disposeAsync())

    test.for(targetsOf(DASHBOARD).map((target) => [`${target.panel}: ${target.expr}`, target] as const))(
      'the dashboard shows %s',
      { timeout: 60_000 },
      async ([, target]) => {
        await expect.poll(() => valuesOf(target), { timeout: 50_000, interval: 500 }).not.toEqual([])
      },
    )

    async function valuesOf({ expr }: Target): Promise<number[]> {
      const asked = expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1h')
      const values = (await prometheus.query(asked)).map(({ value: [, value] }) => Number(value))
      return values.filter(Number.isFinite)
    }

    test('every rule is evaluated, over metrics that there are', { timeout: 60_000 }, async () => {
      await expect
        .poll(async () => (await prometheus.rules()).filter(({ health }) => health !== 'ok'), {
          timeout: 30_000,
        })
        .toEqual([])
      const rules = await prometheus.rules()
      const names = new Set(
        rules.flatMap(
          ({ query }) => query.match(/\b(?:lupa[\w:]*|process_\w+|nodejs_\w+|up)\b(?=[{[\s)]|$)/g) ?? [],
        ),
      )
      expect(names.size).toBeGreaterThan(20)
      for (const name of names) {
        await expect
          .poll(() => prometheus.query(name), { timeout: 30_000, message: `${name} has no series` })
          .not.toEqual([])
      }
    })

    test('promtool finds nothing wrong with what they expose', async () => {
      for (const url of [lupa.url, workerUrl]) {
        const input = await (await fetch(`${url}/metrics`)).text()
        const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      }
    })
  })
})

/** Something of everything that the dashboard shows, until the signal aborts. */
async function sendTraffic(url: string, webhookUrl: string, until: AbortSignal): Promise<void> {
  const submit = (picture: Uint8Array, fields: Record<string, string> = {}) =>
    post(`${url}/v1/jobs`, picture, { fields, headers: { prefer: 'wait=20' } })
  for (let round = 0; !until.aborted; round++) {
    await submit(SAMPLE)
    await submit(distinct(SAMPLE, `${round}`), { webhook_url: webhookUrl })
    // Its header can be read and the rest cannot, so it fails in the worker.
    await submit(distinct(SAMPLE.subarray(0, 2000), `${round}`))
    await submit(Buffer.from('not a picture'))
    await sleep(500, undefined, { signal: until }).catch(() => {})
  }
}
