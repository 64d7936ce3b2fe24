import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endingWithThis } from '@lupa/core/runtime/end-with-parent'
import { freePort, startRedisServer } from '../../packages/core/test/services/redis-server.ts'
import { getJson } from '../../test/end-to-end/lupa.ts'
import { cpuTimeMs } from '../bench/cpu-times.ts'
import { type Helper, startHelper } from '../bench/helper.ts'
import { findPicture } from '../bench/materials.ts'
import type { LoadRequest, LoadRun } from '../bench/processes/load.ts'
import type { SleepWorkerOptions } from '../bench/processes/sleep-worker.ts'
import { ROOT } from '../checks/run-check.ts'
import type { SimulateOptions } from '../simulate.ts'
import type { RealPart, RealRun } from './report.ts'

const WORKERS = 2
/** Together they end far more than is accepted here: 2 × 64 slots by 50 ms are 2,560 a second. */
const SLOTS = 64
const SLEEP_MS = 50
const CLIENTS_PER_GATEWAY = 16
const READY_MS = 120_000
const DRAIN_MS = 60_000

/** Real gateways, a real Redis and workers whose model sleeps, at the highest rate that this machine can hold. */
export async function measureRealCluster(
  { real: { gateways, seconds } }: SimulateOptions,
  say: (text: string) => void,
): Promise<Omit<RealPart, 'machine'>> {
  const picture = findPicture('street')
  if (!picture) throw new Error('There is no picture to send')
  const runs: RealRun[] = []
  for (const count of gateways) {
    const run = await measure(count, picture, seconds)
    say(
      `  ${count} gateways: ${run.acceptedPerSecond.toFixed(0)} accepted and ${run.endedPerSecond.toFixed(0)} ended a second, Redis at ${Math.round(run.redisBusy * 100)} % of its thread`,
    )
    runs.push(run)
  }
  const imageBytes = statSync(picture).size
  return {
    measuredAt: new Date().toISOString(),
    sleepMs: SLEEP_MS,
    slots: WORKERS * SLOTS,
    imageBytes,
    seconds,
    runs,
  }
}

async function measure(count: number, picture: string, seconds: number): Promise<RealRun> {
  await using stack = new AsyncDisposableStack()
  const directory = mkdtempSync(join(tmpdir(), 'lupa-simulate-'))
  stack.defer(() => rmSync(directory, { recursive: true, force: true }))
  const redis = stack.use(await startRedisServer())
  const env = {
    REDIS_URL: redis.url,
    DATA_DIR: directory,
    MODELS_DIR: join(ROOT, 'models'),
    RESULT_CACHE_SECONDS: '0',
    QUEUE_LIMIT: '100000',
    LOG_LEVEL: 'warn',
  }
  const gateways: Gateway[] = []
  for (let nth = 0; nth < count; nth++) gateways.push(stack.use(await startGateway(env)))
  const workers: Helper[] = []
  for (let nth = 0; nth < WORKERS; nth++) {
    const options: SleepWorkerOptions = { name: `sleeper-${nth}`, slots: SLOTS, sleepMs: SLEEP_MS, env }
    workers.push(stack.use(await startHelper('sleep-worker', options)))
  }
  const loads: Helper[] = []
  for (const { url } of gateways) loads.push(stack.use(await startHelper('load', { url })))
  const done = async () => sum(await Promise.all(workers.map((worker) => worker.ask<number>('done'))))
  const submit = async (forSeconds: number) =>
    Promise.all(loads.map((load) => load.ask<LoadRun>(submission(picture, forSeconds))))
  const times = () => ({
    gateway: sum(gateways.map(({ pid }) => cpuTimeMs(pid))),
    redis: cpuTimeMs(redis.process.pid ?? 0),
    worker: sum(workers.map(({ pid }) => cpuTimeMs(pid))),
  })

  // Everything is compiled and connected, once it has been used.
  const warmUp = await submit(2)
  const [before, doneBefore, startMs] = [times(), await done(), performance.now()]
  const loadRuns = await submit(seconds)
  const [after, doneAfter, tookMs] = [times(), await done(), performance.now() - startMs]
  const accepted = sum(loadRuns.map(({ answers }) => answers))
  const ended = doneAfter - doneBefore
  const queue = await getJson<{ waiting: number; running: number }>(`${gateways[0]?.url}/v1/queue`)
  const all = accepted + sum(warmUp.map(({ answers }) => answers))
  const notEnded = await untilEnded(all, done)
  return {
    gateways: count,
    acceptedPerSecond: Math.round((accepted / tookMs) * 10_000) / 10,
    endedPerSecond: Math.round((ended / tookMs) * 10_000) / 10,
    acceptP50Ms: Math.round(mean(loadRuns.map(({ p50Ms }) => p50Ms))),
    acceptP99Ms: Math.round(Math.max(...loadRuns.map(({ p99Ms }) => p99Ms))),
    waiting: queue.waiting,
    cpuMs: {
      gateway: perJob(after.gateway - before.gateway, accepted),
      redis: perJob(after.redis - before.redis, (accepted + ended) / 2),
      worker: perJob(after.worker - before.worker, ended),
      load: perJob(sum(loadRuns.map(({ cpuMs }) => cpuMs)), accepted),
    },
    redisBusy: Math.round(((after.redis - before.redis) / tookMs) * 1000) / 1000,
    notEnded,
  }
}

/** How many of them have not ended in the time there is. */
async function untilEnded(all: number, done: () => Promise<number>): Promise<number> {
  const deadline = performance.now() + DRAIN_MS
  for (;;) {
    const left = all - (await done())
    if (left <= 0 || performance.now() > deadline) return Math.max(0, left)
    await sleep(200)
  }
}

interface Gateway extends AsyncDisposable {
  url: string
  pid: number
}

async function startGateway(env: Record<string, string>): Promise<Gateway> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const args = ['--single-threaded-gc', '--max-semi-space-size=32', join(ROOT, 'apps/gateway/src/main.ts')]
  const child = spawn(
    process.execPath,
    args,
    endingWithThis({ ...process.env, ...env, PORT: `${port}` }, ['ignore', 'inherit']),
  )
  const gateway = { url, pid: child.pid ?? -1, [Symbol.asyncDispose]: () => end(child) }
  const deadline = performance.now() + READY_MS
  while (!(await isReady(url))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await end(child)
      throw new Error(`A gateway was not ready (exit code ${child.exitCode}); what it wrote is above`)
    }
    await sleep(100)
  }
  return gateway
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    async (answer) => {
      await answer.body?.cancel()
      return answer.ok
    },
    () => false,
  )
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

function submission(picture: string, seconds: number): LoadRequest {
  const headers = { 'cache-control': 'no-cache' }
  return {
    path: '/v1/jobs',
    method: 'POST',
    clients: CLIENTS_PER_GATEWAY,
    picture,
    distinct: true,
    headers,
    counts: 202,
    seconds,
  }
}

const perJob = (ms: number, jobs: number) => Math.round((ms / Math.max(1, jobs)) * 100) / 100
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const mean = (values: readonly number[]) => sum(values) / Math.max(1, values.length)
