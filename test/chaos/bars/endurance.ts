import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LOOP_LOOK_MS } from '@lupa/core/metrics/process-registry'
import { withClient } from '../../../packages/core/test/services/redis-client.ts'
import { startRedisServer } from '../../../packages/core/test/services/redis-server.ts'
import { getJson, type Lupa, post } from '../../end-to-end/lupa.ts'
import type { Bar } from '../bar.ts'
import {
  allSucceeded,
  aPicture,
  CHILD,
  type Ends,
  find,
  GATEWAY,
  type Load,
  recoveryMs,
  repeated,
  type Sent,
  sendAtRate,
  submitLoad,
  untilAllEnded,
  WORKER,
} from '../load.ts'

export const locksAreRenewed: Bar = {
  id: 'R5',
  promise: 'A worker whose slots are all busy keeps its locks: its own loop is never starved',
  fault: 'every slot saturated',
  isLong: true,
  async run({ start, scale }) {
    await using lupa = await start({ WORKERS: '1' })
    const load = await saturate(lupa, scale(20, 600))
    const lag = await worstLagMs(lupa)
    const ends = await untilAllEnded(lupa, load.accepted)
    const again = ends.jobs.filter(({ attempt }) => attempt > 1)
    return {
      trials: load.accepted.length,
      lost: ends.lost.length,
      duplicated: again.length + ends.changed.length,
      worstRecoveryMs: null,
      checks: {
        'all succeeded': allSucceeded(ends),
        [`loop p99 ${lag.p99.toFixed(0)} ms, at most 50`]: lag.p99 <= 50,
        [`loop max ${lag.max.toFixed(0)} ms, at most 250`]: lag.max <= 250,
      },
    }
  },
}

/** Calm and overload in turn: what else a machine does then weighs on both alike. */
const ROUNDS = 3

export const overload: Bar = {
  id: 'R16',
  promise: 'Under three times what it can do, it does as much as ever, and refuses the rest',
  fault: 'three times the capacity, sent without waiting',
  isLong: true,
  async run({ start, scale }) {
    await using lupa = await start({ WORKERS: '1', QUEUE_LIMIT: '200' })
    await saturate(lupa, 3, 32)
    const before = memoryBytes(lupa)
    const rounds: { peak: number; goodput: number }[] = []
    const answers: Sent[] = []
    const accepted: string[] = []
    const parts: Ends[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const calm = await endedWhile(lupa, async () => (await saturate(lupa, scale(6, 30), 32)).accepted)
      const storm = await endedWhile(lupa, async () => {
        const sent = await sendAtRate(lupa, { perSecond: 3 * calm.perSecond, seconds: scale(8, 100) })
        answers.push(...sent)
        return sent.flatMap(({ id }) => id ?? [])
      })
      rounds.push({ peak: calm.perSecond, goodput: storm.perSecond })
      accepted.push(...storm.accepted)
      parts.push(storm.ends)
    }
    const refused = answers.filter(({ status }) => status === 503 || status === 429)
    const shares = rounds.map(({ peak, goodput }) => goodput / peak).toSorted((a, b) => a - b)
    const median = shares[Math.floor(ROUNDS / 2)] ?? 0
    const percent = (share: number) => Math.round(100 * share)
    return {
      trials: answers.length,
      lost: parts.flatMap(({ lost }) => lost).length,
      duplicated: repeated(accepted) + parts.flatMap(({ changed }) => changed).length,
      worstRecoveryMs: await recoveryMs(lupa),
      checks: {
        [`${percent(median)} % of the peak (${shares.map(percent).join(', ')} %; peaks ${rounds.map(({ peak }) => peak.toFixed(0)).join(', ')} /s)`]:
          median >= 0.9,
        'only 202, 429 and 503': accepted.length + refused.length === answers.length,
        'each refusal says when to come again': refused.every(
          ({ retryAfterSeconds }) => retryAfterSeconds > 0,
        ),
        'all succeeded': parts.every(allSucceeded),
        'memory flat': memoryBytes(lupa) < before * 1.5,
      },
    }
  },
}

/** How many of the jobs that were accepted meanwhile also ended meanwhile, per second; then waits for the others. */
async function endedWhile(lupa: Lupa, work: () => Promise<string[]>) {
  const began = Date.now()
  const accepted = await work()
  const ended = Date.now()
  const ends = await untilAllEnded(lupa, accepted)
  const inTime = ends.jobs.filter(({ finished_at }) => Date.parse(finished_at ?? '') <= ended)
  return { accepted, ends, perSecond: (1000 * inTime.length) / (ended - began) }
}

export const nothingLeaks: Bar = {
  id: 'R19',
  promise: 'After the work nothing is left but what is kept on purpose',
  fault: 'many jobs, then silence',
  isLong: true,
  async run({ start, scale }) {
    await using redis = await startRedisServer()
    await using lupa = await start({ REDIS_URL: redis.url, WORKERS: '1' })
    const { accepted } = await submitLoad(lupa, { jobs: scale(400, 10_000) })
    const ends = await untilAllEnded(lupa, accepted, 600_000)
    await sleep(3000)
    const keys = await withClient(redis.url, (client) => client.dbsize())
    const queued = await getJson<{ waiting: number; running: number }>(`${lupa.url}/v1/queue`)
    const images = filesBelow(join(lupa.dataDirectory, 'images')).length
    return {
      trials: accepted.length,
      lost: ends.lost.length,
      duplicated: repeated(accepted),
      worstRecoveryMs: null,
      checks: {
        // A hot copy and a cached result for each job, and what the queues themselves need.
        [`${keys} keys in Redis`]: keys <= accepted.length * 2 + 50,
        'nothing waits or runs': queued.waiting + queued.running === 0,
        [`${images} images stored`]: images === accepted.length,
        'as many children as slots': find(lupa, CHILD).length > 0 && find(lupa, CHILD).length <= 64,
      },
    }
  },
}

export const soak: Bar = {
  id: 'R20',
  promise: 'Hours of work change nothing: memory stays, no job is forgotten',
  fault: 'steady load',
  isLong: true,
  async run({ start, scale }) {
    await using lupa = await start({ WORKERS: '1' })
    const accepted: string[] = []
    const memory: number[] = []
    for (let part = 0; part < scale(4, 60); part++) {
      const load = await saturate(lupa, scale(8, 60), 4)
      accepted.push(...load.accepted)
      memory.push(memoryBytes(lupa))
    }
    const ends = await untilAllEnded(lupa, accepted, 300_000)
    const half = Math.floor(memory.length / 2)
    const growth = (memory.at(-1) ?? 0) / (memory[half] ?? 1) - 1
    return {
      trials: accepted.length,
      lost: ends.lost.length,
      duplicated: repeated(accepted) + ends.changed.length,
      worstRecoveryMs: null,
      checks: {
        'all succeeded': allSucceeded(ends),
        [`memory grew ${(growth * 100).toFixed(1)} % in the second half`]: growth < 0.06,
        'no unhandled rejection': !/unhandled|uncaught/i.test(lupa.log()),
      },
    }
  },
}

/** Keeps the workers busy: each client sends its next picture when the last one is done. */
async function saturate(lupa: Lupa, seconds: number, clients = 8): Promise<Load> {
  const load: Load = { accepted: [], wrong: [], refused: 0, slowestAnswerMs: 0 }
  const end = performance.now() + seconds * 1000
  const client = async () => {
    while (performance.now() < end) {
      const { status, body } = await post(`${lupa.url}/v1/jobs`, aPicture(), {
        headers: { prefer: 'wait=30' },
      })
      if (status === 200 || status === 202) load.accepted.push(body.id)
      else load.wrong.push(`${status} ${body.code}`)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return load
}

/** Of the workers' own loops, as they measure it themselves. */
async function worstLagMs(lupa: Lupa): Promise<{ p99: number; max: number }> {
  const ports = [...lupa.log().matchAll(/"probe_port":(\d+)/g)].map(([, port]) => port)
  const texts = await Promise.all(
    ports.map((port) => fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text())),
  )
  const worst = (name: string) =>
    Math.max(...texts.map((text) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]) * 1000)) -
    LOOP_LOOK_MS
  return { p99: worst('nodejs_eventloop_lag_p99_seconds'), max: worst('nodejs_eventloop_lag_max_seconds') }
}

/** Resident memory of gateway, workers and their children. */
function memoryBytes(lupa: Lupa): number {
  const ours = lupa
    .processes()
    .filter(({ command }) => [GATEWAY, WORKER, CHILD].some((kind) => kind.test(command)))
  return ours
    .map(
      ({ pid }) =>
        Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024,
    )
    .reduce((sum, bytes) => sum + bytes, 0)
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
}
