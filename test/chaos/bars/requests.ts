import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from '@lupa/core/domain/job'
import { withClient } from '../../../packages/core/test/services/redis-client.ts'
import { startRedisServer } from '../../../packages/core/test/services/redis-server.ts'
import { getJson, post } from '../../end-to-end/lupa.ts'
import type { Bar } from '../bar.ts'
import {
  allSucceeded,
  aPicture,
  CHILD,
  find,
  recoveryMs,
  repeated,
  sendAtRate,
  submitLoad,
  untilAllEnded,
  WORKER,
} from '../load.ts'

export const storeFails: Bar = {
  id: 'R11',
  promise: 'A job store that fails loses nothing: no 202 before the record is written',
  fault: 'the SQLite file locked by another process',
  async run({ start, scale }) {
    await using lupa = await start({ WORKERS: '1', RECONCILE_SECONDS: '5' })
    const before = await submitLoad(lupa, { jobs: 30 })
    // Whoever writes at the moment is waited for.
    using lock = new DatabaseSync(join(lupa.dataDirectory, 'jobs.sqlite'), { timeout: 5000 })
    lock.exec('BEGIN EXCLUSIVE')
    const during = submitLoad(lupa, { jobs: 8, clients: 4 })
    await sleep(scale(8, 60) * 1000)
    lock.exec('ROLLBACK')
    const recovery = await recoveryMs(lupa)
    const { accepted, wrong, refused } = await during
    const ids = [...before.accepted, ...accepted]
    const ends = await untilAllEnded(lupa, ids)
    return {
      trials: ids.length,
      lost: ends.lost.length,
      duplicated: repeated(ids) + ends.changed.length,
      worstRecoveryMs: recovery,
      checks: {
        [`${refused} refused meanwhile`]: refused > 0,
        'all succeeded': allSucceeded(ends),
        'honest answers': wrong.length === 0,
      },
    }
  },
}

export const idempotentSubmit: Bar = {
  id: 'R14',
  promise: 'One Idempotency-Key is one job',
  fault: 'the same request 50 times at once, then with another picture',
  async run({ start, scale }) {
    await using lupa = await start({ WORKERS: '1' })
    let duplicated = 0
    let refusedReuse = 0
    for (let trial = 0; trial < scale(2, 20); trial++) {
      const picture = aPicture()
      const headers = { 'idempotency-key': randomUUID() }
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => post(`${lupa.url}/v1/jobs`, picture, { headers })),
      )
      const good = answers.filter(({ status }) => status === 200 || status === 202)
      duplicated += new Set(good.map(({ body }) => body.id)).size - 1
      const other = await post(`${lupa.url}/v1/jobs`, aPicture(), { headers })
      if (other.status === 422) refusedReuse++
    }
    const { data } = await getJson<{ data: Job[] }>(`${lupa.url}/v1/jobs?limit=100`)
    return {
      trials: scale(2, 20) * 50,
      lost: 0,
      duplicated: duplicated + Math.max(0, data.length - scale(2, 20)),
      worstRecoveryMs: null,
      checks: { 'another picture: 422': refusedReuse === scale(2, 20) },
    }
  },
}

export const boundedQueue: Bar = {
  id: 'R15',
  promise: 'The queue takes no more than its limit, exactly',
  fault: 'ten times as many submits at once, no worker taking any',
  async run({ start, scale }) {
    const limit = scale(50, 200)
    await using lupa = await start({ WORKERS: '1', QUEUE_LIMIT: String(limit) })
    for (const worker of find(lupa, WORKER)) process.kill(worker.pid, 'SIGSTOP')
    const stopped = lupa.processes().filter(({ command }) => WORKER.test(command))
    for (const { pid } of stopped) process.kill(pid, 'SIGSTOP')
    const answers = await Promise.all(
      Array.from({ length: limit * 10 }, () => post(`${lupa.url}/v1/jobs`, aPicture())),
    )
    // While it is full still; as many at once as above wait for each other on the client's side, too.
    const steady = await sendAtRate(lupa, { perSecond: 200, seconds: scale(1, 10) })
    const p99 = steady.map(({ ms }) => ms).toSorted((a, b) => a - b)[Math.floor(steady.length * 0.99)] ?? 0
    for (const { pid } of stopped) process.kill(pid, 'SIGCONT')
    const accepted = answers.filter(({ status }) => status === 202)
    const refused = answers.filter(({ status }) => status === 429 || status === 503)
    const ends = await untilAllEnded(
      lupa,
      accepted.map(({ body }) => body.id),
    )
    // One client may hold four fifths of the queue.
    const share = Math.floor(limit * 0.8)
    return {
      trials: answers.length,
      lost: ends.lost.length,
      duplicated: repeated(accepted.map(({ body }) => body.id)),
      worstRecoveryMs: null,
      checks: {
        [`${accepted.length} accepted of a share of ${share}`]: accepted.length === share,
        'the others refused with Retry-After': refused.every(
          ({ headers }) => Number(headers.get('retry-after')) > 0,
        ),
        'nothing else answered': accepted.length + refused.length === answers.length,
        'a full queue takes none': steady.every(({ status }) => status === 429 || status === 503),
        ...scale({}, { [`refused in ${p99.toFixed(0)} ms (p99 of 200 /s), at most 50`]: p99 < 50 }),
      },
    }
  },
}

export const waitingIsRight: Bar = {
  id: 'R18',
  promise: 'A wait never ends wrongly',
  fault: 'every subscription in Redis cut each 700 ms',
  async run({ start, scale }) {
    await using redis = await startRedisServer()
    await using lupa = await start({ REDIS_URL: redis.url, WORKERS: '1' })
    let isWaiting = true
    const cutting = (async () => {
      while (isWaiting) {
        await withClient(redis.url, (client) => client.call('CLIENT', 'KILL', 'TYPE', 'pubsub'))
        await sleep(700)
      }
    })()
    const answers: { status: number; done: boolean }[] = []
    const waiter = async () => {
      for (let round = 0; round < scale(6, 60); round++) {
        const { status, body } = await post(`${lupa.url}/v1/jobs`, aPicture(), {
          headers: { prefer: 'wait=20' },
        })
        answers.push({ status, done: body.done })
      }
    }
    await Promise.all(Array.from({ length: 16 }, waiter)).finally(() => (isWaiting = false))
    await cutting
    const wrong = answers.filter(({ status, done }) => status !== 200 || !done)
    return { trials: answers.length, lost: wrong.length, duplicated: 0, worstRecoveryMs: null, checks: {} }
  },
}

export const cancel: Bar = {
  id: 'R21',
  promise: 'Cancelled once and for good: waiting ones never start, running ones free their slot in 1 s',
  fault: 'cancel of a waiting job and of a running one',
  async run({ start }) {
    await using lupa = await start({ WORKERS: '1', WORKER_SLOTS: '1' })
    for (const child of find(lupa, CHILD)) process.kill(child.pid, 'SIGSTOP')
    const running = (await post(`${lupa.url}/v1/jobs`, aPicture())).body.id
    await untilRunning(lupa.url, running)
    const others = await Promise.all(Array.from({ length: 4 }, () => post(`${lupa.url}/v1/jobs`, aPicture())))
    // The worker takes one more in hand than it has slots.
    await sleep(500)
    const jobs = await Promise.all(others.map(({ body }) => getJson<Job>(`${lupa.url}/v1/jobs/${body.id}`)))
    const waiting = jobs.filter(({ status }) => status === 'queued').map(({ id }) => id)
    // Those that wait first: each that is in hand makes room for one of them.
    for (const { id } of jobs.toSorted((a, b) => a.status.localeCompare(b.status)))
      await fetch(`${lupa.url}/v1/jobs/${id}/cancel`, { method: 'POST' })
    const canceledAt = performance.now()
    await fetch(`${lupa.url}/v1/jobs/${running}/cancel`, { method: 'POST' })
    const recovery = await recoveryMs(lupa)
    const freed = performance.now() - canceledAt
    const ends = await untilAllEnded(lupa, [running, ...jobs.map(({ id }) => id)])
    return {
      trials: 5,
      lost: ends.lost.length,
      duplicated: ends.changed.length,
      worstRecoveryMs: recovery,
      checks: {
        'all canceled': ends.jobs.every(({ status }) => status === 'canceled'),
        'waiting ones never started': ends.jobs.every(
          ({ id, started_at }) => !waiting.includes(id) || started_at === null,
        ),
        [`slot free and used again after ${Math.round(freed)} ms`]: freed < 5000,
      },
    }
  },
}

async function untilRunning(url: string, id: string): Promise<void> {
  while ((await getJson<Job>(`${url}/v1/jobs/${id}`)).status !== 'running') await sleep(20)
}
