import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from '@lupa/core/domain/job'
import { getJson, post } from '../../end-to-end/lupa.ts'
import type { Bar } from '../bar.ts'
import {
  allSucceeded,
  aPicture,
  CHILD,
  find,
  recoveryMs,
  repeated,
  strike,
  submitLoad,
  untilAllEnded,
  WORKER,
} from '../load.ts'

export const workersDie: Bar = {
  id: 'R1',
  promise: 'No accepted job is lost when workers die',
  fault: 'SIGKILL of a random worker or child',
  async run({ start, scale }) {
    await using lupa = await start({ WORKERS: '3', WORKER_SLOTS: '1' })
    let isLoading = true
    const load = submitLoad(lupa, { jobs: scale(150, 1000) }).finally(() => (isLoading = false))
    let kills = 0
    while (isLoading || kills < scale(5, 20)) {
      await sleep(scale(400, 800))
      if (strike(lupa, kills % 3 === 2 ? CHILD : WORKER, 'SIGKILL')) kills++
      if (kills >= scale(5, 20) && isLoading) await load
    }
    const { accepted, wrong } = await load
    const ends = await untilAllEnded(lupa, accepted)
    return {
      trials: accepted.length,
      lost: ends.lost.length,
      duplicated: repeated(accepted) + ends.changed.length,
      worstRecoveryMs: await recoveryMs(lupa),
      checks: {
        [`${kills} kills`]: kills > 0,
        'all succeeded': allSucceeded(ends),
        'honest answers': wrong.length === 0,
      },
    }
  },
}

export const crashIsNoticed: Bar = {
  id: 'R2',
  promise: 'A job of a dead worker starts again within 21 s',
  fault: 'SIGKILL of the worker that has it in hand',
  async run({ start, scale }) {
    await using lupa = await start({ WORKERS: '2', WORKER_SLOTS: '1' })
    const waits: number[] = []
    for (let trial = 0; trial < scale(1, 10); trial++) {
      const { id, worker } = await aJobInHand(lupa)
      const killedAt = performance.now()
      // It stands still; this is the one signal that needs no awakening.
      process.kill(worker, 'SIGKILL')
      const job = await getJson<Job>(`${lupa.url}/v1/jobs/${id}?wait=30`)
      waits.push(job.status === 'succeeded' ? performance.now() - killedAt : Number.POSITIVE_INFINITY)
      await recoveryMs(lupa)
    }
    const worst = Math.max(...waits)
    return {
      trials: waits.length,
      lost: 0,
      duplicated: 0,
      worstRecoveryMs: worst,
      checks: { 'at most 21 s': worst <= 21_000 },
    }
  },
}

export const zombie: Bar = {
  id: 'R12',
  promise: "A zombie's late result changes nothing",
  fault: 'SIGSTOP of a worker past its lock, then SIGCONT',
  async run({ start, scale }) {
    await using lupa = await start({ WORKERS: '2', WORKER_SLOTS: '1' })
    let changed = 0
    let lost = 0
    for (let trial = 0; trial < scale(1, 20); trial++) {
      const { id, worker } = await aJobInHand(lupa)
      const [before] = (await untilAllEnded(lupa, [id], 40_000)).jobs
      process.kill(worker, 'SIGCONT')
      await sleep(2000)
      const after = await getJson<Job>(`${lupa.url}/v1/jobs/${id}`)
      if (!before) lost++
      else if (JSON.stringify(before) !== JSON.stringify(after)) changed++
      await recoveryMs(lupa)
    }
    return { trials: scale(1, 20), lost, duplicated: changed, worstRecoveryMs: null, checks: {} }
  },
}

export const rollingRestart: Bar = {
  id: 'R13',
  promise: 'A worker told to stop finishes what it has: nothing stalls, nothing runs twice',
  fault: 'SIGTERM of workers in turn, under load',
  async run({ start, scale }) {
    await using lupa = await start({ WORKERS: '2' })
    let isLoading = true
    const load = submitLoad(lupa, { jobs: scale(200, 1000), clients: 8 }).finally(() => (isLoading = false))
    let stops = 0
    while (isLoading && stops < scale(6, 20)) {
      await sleep(500)
      if (strike(lupa, WORKER, 'SIGTERM')) stops++
    }
    const { accepted, wrong } = await load
    const ends = await untilAllEnded(lupa, accepted)
    const again = ends.jobs.filter(({ attempt }) => attempt > 1)
    return {
      trials: accepted.length,
      lost: ends.lost.length,
      duplicated: again.length + ends.changed.length,
      worstRecoveryMs: await recoveryMs(lupa),
      checks: {
        [`${stops} stops`]: stops > 0,
        'all succeeded': allSucceeded(ends),
        'honest answers': wrong.length === 0,
      },
    }
  },
}

export const poison: Bar = {
  id: 'R3',
  promise: 'A crash in native code harms no other job, and no worker',
  fault: 'SIGSEGV of a child in the middle of its work',
  async run({ start, scale }) {
    await using lupa = await start({ WORKERS: '1', WORKER_SLOTS: '2' })
    const workers = () => lupa.processes().filter(({ command }) => WORKER.test(command))
    const [before] = workers()
    let isLoading = true
    const load = submitLoad(lupa, { jobs: scale(150, 500) }).finally(() => (isLoading = false))
    let crashes = 0
    while (isLoading && crashes < scale(4, 20)) {
      await sleep(400)
      if (strike(lupa, CHILD, 'SIGSEGV')) crashes++
    }
    const { accepted } = await load
    const ends = await untilAllEnded(lupa, accepted)
    return {
      trials: accepted.length,
      lost: ends.lost.length,
      duplicated: ends.changed.length,
      worstRecoveryMs: await recoveryMs(lupa),
      checks: {
        [`${crashes} crashes`]: crashes > 0,
        'all succeeded': allSucceeded(ends),
        'the worker lived on': workers()[0]?.pid === before?.pid,
      },
    }
  },
}

export const hardDeadline: Bar = {
  id: 'R4',
  promise: 'No attempt outlasts its time; its slot is free again within 3 s',
  fault: 'SIGSTOP of the child in the middle of an image, time-out 2 s',
  async run({ start }) {
    await using lupa = await start({ WORKERS: '1', WORKER_SLOTS: '1', EXECUTION_TIMEOUT_SECONDS: '2' })
    for (const child of find(lupa, CHILD)) process.kill(child.pid, 'SIGSTOP')
    const beganMs = performance.now()
    const { body } = await post(`${lupa.url}/v1/jobs`, aPicture())
    const next = await post(`${lupa.url}/v1/jobs`, aPicture(), { headers: { prefer: 'wait=20' } })
    const waited = performance.now() - beganMs
    const ends = await untilAllEnded(lupa, [body.id])
    return {
      trials: 2,
      lost: ends.lost.length,
      duplicated: 0,
      worstRecoveryMs: waited - 2000,
      checks: {
        'the next one succeeded': next.body.status === 'succeeded',
        'slot free in 3 s': waited < 2000 + 1000 + 3000,
      },
    }
  },
}

/** A job that a stopped worker has in hand, and that worker. */
async function aJobInHand(lupa: Parameters<typeof find>[0]): Promise<{ id: string; worker: number }> {
  // Children stand still, so that a job stays in hand; then its worker stands still with it.
  for (const child of find(lupa, CHILD)) process.kill(child.pid, 'SIGSTOP')
  const { body } = await post(`${lupa.url}/v1/jobs`, aPicture())
  const { worker: name } = await untilRunning(lupa.url, body.id, 1)
  const workers = lupa.processes().filter(({ command }) => WORKER.test(command))
  const worker = workers.find(({ pid }) => lupa.log().includes(`"pid":${pid},"worker":"${name}"`))
  if (!worker) throw new Error(`No process of ${name} was found`)
  process.kill(worker.pid, 'SIGSTOP')
  for (const child of find(lupa, CHILD)) process.kill(child.pid, 'SIGCONT')
  return { id: body.id, worker: worker.pid }
}

async function untilRunning(url: string, id: string, attempt: number): Promise<Job> {
  for (;;) {
    const job = await getJson<Job>(`${url}/v1/jobs/${id}`)
    if (job.status === 'running' && job.attempt >= attempt) return job
    if (job.done) throw new Error(`Job ${id} ended before it could be struck: ${job.status}`)
    await sleep(20)
  }
}
