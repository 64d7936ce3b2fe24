import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { startRedisServer } from '../../../packages/core/test/services/redis-server.ts'
import { find, WORKER } from '../../../test/chaos/load.ts'
import type { Lupa } from '../../../test/end-to-end/lupa.ts'
import { type Helper, startHelper } from '../helper.ts'
import { findModel, findPicture, modelsFolder } from '../materials.ts'
import { memoryOf } from '../memory.ts'
import type { LoadRequest, LoadRun } from '../processes/load.ts'
import type { SleepWorkerOptions } from '../processes/sleep-worker.ts'
import { type Rig, type Row, spreadOf, type Workload } from '../workload.ts'

/** Of an inference that costs nothing but time; slow enough that the cores have nothing to do with it. */
const SLEEP_MS = 200
const SLOTS = 2
const WORKERS = [1, 2, 4]
/** Jobs that are there before the first worker takes one. */
const JOBS_PER_WORKER_SECOND = (SLOTS * 1000) / SLEEP_MS
const CEILING_JOBS = 3000

/** Whether twice the workers do twice the work, and what the queue can carry when the work is nothing. */
export const scalingWorkload: Workload = {
  name: 'scaling',
  question: 'Do 1, 2 and 4 worker processes do 1 : 2 : 4 of the work, and how much can the queue carry?',
  async run(rig) {
    const model = findModel('classify')
    const picture = findPicture('street')
    if (!model || !picture) return []
    await using stack = new AsyncDisposableStack()
    const redis = stack.use(await startRedisServer())
    const models = stack.use(modelsFolder(model))
    const env = {
      REDIS_URL: redis.url,
      MODELS_DIR: models.path,
      DEFAULT_MODEL: 'bench',
      RESULT_CACHE_SECONDS: '0',
      QUEUE_LIMIT: '100000',
    }
    const lupa = stack.use(await rig.start(env))
    rig.say(`  memory in MiB, idle: ${JSON.stringify(memoryOf(lupa))}`)
    for (const { pid } of stopped(lupa)) process.kill(pid, 'SIGSTOP')
    const load = stack.use(await startHelper('load', { url: lupa.url }))
    const submit = (seconds: number) => load.ask<LoadRun>(submission(picture, seconds))
    const workerEnv = { ...env, DATA_DIR: lupa.dataDirectory }

    await tellMemory(rig, lupa, redis.url, submit)
    const rates: number[][] = WORKERS.map(() => [])
    for (let round = 0; round < Math.min(3, rig.rounds); round++) {
      for (const [at, count] of WORKERS.entries()) {
        rates[at]?.push(
          await rateOf(count, {
            sleepMs: SLEEP_MS,
            slots: SLOTS,
            seconds: rig.seconds,
            env: workerEnv,
            submit,
          }),
        )
      }
    }
    const ceiling = await rateOf(2, { sleepMs: 0, slots: 8, seconds: rig.seconds, env: workerEnv, submit })
    rig.say(
      `  the queue's own ceiling here: ${Math.round(ceiling)} jobs a second, 2 workers, work of no time`,
    )
    const [alone = []] = rates
    return WORKERS.slice(1).map((count, at): Row => {
      const several = rates[at + 1] ?? []
      return {
        workload: 'scaling',
        what: `${count} workers, as a part of ${count} times one`,
        of: 'one worker',
        ratio: spreadOf(several.map((rate, round) => rate / ((alone[round] ?? 1) * count))),
        costRatio: null,
        goal: 0.95,
        better: 'more',
        sides: [
          { name: '1 worker', perSecond: middle(alone), p50Ms: null, p99Ms: null, cpuMs: {}, stagesMs: {} },
          {
            name: `${count} workers`,
            perSecond: middle(several),
            p50Ms: null,
            p99Ms: null,
            cpuMs: {},
            stagesMs: {},
          },
        ],
        measuredAt: new Date().toISOString(),
      }
    })
  },
}

const middle = (rates: readonly number[]) => Math.round(spreadOf(rates).median * 10) / 10

interface Trial {
  sleepMs: number
  slots: number
  seconds: number
  env: Record<string, string>
  submit: (seconds: number) => Promise<LoadRun>
}

/** Jobs a second that so many workers end, while more than enough are waiting. */
async function rateOf(count: number, { sleepMs, slots, seconds, env, submit }: Trial): Promise<number> {
  const wanted = sleepMs > 0 ? count * JOBS_PER_WORKER_SECOND * (seconds + 3) : CEILING_JOBS
  for (let submitted = 0; submitted < wanted; ) submitted += (await submit(1)).answers
  await using stack = new AsyncDisposableStack()
  const workers: Helper[] = []
  for (let nth = 0; nth < count; nth++) {
    const options: SleepWorkerOptions = { name: `sleeper-${nth}`, slots, sleepMs, env }
    workers.push(stack.use(await startHelper('sleep-worker', options)))
  }
  const done = async () =>
    (await Promise.all(workers.map((worker) => worker.ask<number>('done')))).reduce((a, b) => a + b)
  await sleep(1000)
  const [before, startMs] = [await done(), performance.now()]
  await sleep(seconds * 1000)
  return ((await done()) - before) / ((performance.now() - startMs) / 1000)
}

/** What one more waiting job, and one more record, take. */
async function tellMemory(rig: Rig, lupa: Lupa, redisUrl: string, submit: Trial['submit']): Promise<void> {
  const redis = new Redis(redisUrl)
  const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? 0)
  const stored = () =>
    ['jobs.sqlite', 'jobs.sqlite-wal'].reduce(
      (sum, file) => sum + statSync(join(lupa.dataDirectory, file)).size,
      0,
    )
  const [redisBefore, storeBefore] = [await used(), stored()]
  const { answers } = await submit(4)
  const perJob = (bytes: number) => (bytes / answers / 1024).toFixed(1)
  rig.say(
    `  a waiting job takes ${perJob((await used()) - redisBefore)} KiB of Redis; its record ${perJob(stored() - storeBefore)} KiB of SQLite, its log included`,
  )
  redis.disconnect()
}

/** Lupa's own workers, which are not to take part. */
function stopped(lupa: Lupa) {
  return [
    ...find(lupa, /predictor\/child/),
    ...lupa.processes().filter(({ command }) => WORKER.test(command)),
  ]
}

function submission(picture: string, seconds: number): LoadRequest {
  const headers = { 'cache-control': 'no-cache' }
  return {
    path: '/v1/jobs',
    method: 'POST',
    clients: 16,
    picture,
    distinct: true,
    headers,
    counts: 202,
    seconds,
  }
}
