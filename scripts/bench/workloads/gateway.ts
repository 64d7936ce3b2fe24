import { startRedisServer } from '../../../packages/core/test/services/redis-server.ts'
import { find, WORKER } from '../../../test/chaos/load.ts'
import type { Lupa } from '../../../test/end-to-end/lupa.ts'
import { type Helper, startHelper } from '../helper.ts'
import { assertAllCount, lupaSide, toRun } from '../lupa-side.ts'
import { findModel, findPicture, modelsFolder } from '../materials.ts'
import type { LoadRequest, LoadRun } from '../processes/load.ts'
import { costRatioOf, inTurns, ratioOf, type Side, toSideResult } from '../side.ts'
import type { Rig, Row, Workload } from '../workload.ts'

const CLIENTS = 16

type Load = Omit<LoadRequest, 'seconds'>

/** What the gateway makes of Fastify: an answer from the cache, a durable 202, a poll. */
export const gatewayWorkload: Workload = {
  name: 'gateway',
  question: 'How much of a bare Fastify route is left of a cached answer, a durable 202 and a poll?',
  async run(rig) {
    const model = findModel('classify')
    const picture = findPicture('street')
    if (!model || !picture) return []
    await using stack = new AsyncDisposableStack()
    const models = stack.use(modelsFolder(model))
    const lupa = stack.use(
      await rig.start({ MODELS_DIR: models.path, DEFAULT_MODEL: 'bench', QUEUE_LIMIT: '100000' }),
    )
    const redis = stack.use(await startRedisServer())
    const routes = stack.use(await startHelper('bare-routes', { redisUrl: redis.url }))
    const bareLoad = stack.use(await startHelper('load', { url: await routes.ask<string>('url') }))
    const load = stack.use(await startHelper('load', { url: lupa.url }))

    const upload: Load = { path: '/hash', method: 'POST', clients: CLIENTS, picture, counts: 200 }
    const poll: Load = { path: '/job', method: 'GET', clients: CLIENTS, counts: 200 }
    const hashing = bareSide('bare upload', routes, bareLoad, upload)
    const asking = bareSide('bare Redis GET', routes, bareLoad, poll)

    const job = await aFinishedJob(load, picture)
    const cached = lupaSide(lupa, load, { ...upload, path: '/v1/jobs', counts: 200 }, 'cached answer')
    const polled = lupaSide(lupa, load, { ...poll, path: `/v1/jobs/${job}` }, 'poll')
    const rows = [
      await compare(rig, 'cached answer', cached, hashing, 0.7),
      await compare(rig, 'poll', polled, asking, 0.6),
    ]
    // Accepting alone: the work itself is another workload's.
    using _held = holdWorkers(lupa)
    const headers = { 'cache-control': 'no-cache' }
    const accepted = lupaSide(
      lupa,
      load,
      { ...upload, path: '/v1/jobs', headers, distinct: true, counts: 202 },
      'durable 202',
    )
    rows.splice(1, 0, await compare(rig, 'durable 202', accepted, hashing, 0.45))
    return rows
  },
}

async function compare(rig: Rig, what: string, ours: Side, bare: Side, goal: number): Promise<Row> {
  const runs = await inTurns([bare, ours], rig)
  const [mine = [], theirs = []] = [runs.get(ours.name), runs.get(bare.name)]
  return {
    workload: 'gateway',
    what,
    of: bare.name,
    ratio: ratioOf(mine, theirs, ({ perSecond }) => perSecond),
    costRatio: costRatioOf(mine, theirs),
    goal,
    better: 'more',
    sides: [toSideResult(bare.name, theirs), toSideResult(ours.name, mine)],
    measuredAt: new Date().toISOString(),
  }
}

function bareSide(name: string, routes: Helper, load: Helper, request: Load): Side {
  return {
    name,
    async run(seconds) {
      await routes.ask<number>('cpu')
      const run = await load.ask<LoadRun>({ ...request, seconds })
      assertAllCount(name, run, request.counts)
      return toRun(run, { fastify: await routes.ask<number>('cpu'), load: run.cpuMs })
    },
  }
}

async function aFinishedJob(load: Helper, picture: string): Promise<string> {
  const request: LoadRequest = {
    path: '/predict',
    method: 'POST',
    clients: 1,
    picture,
    counts: 200,
    seconds: 0.1,
  }
  const { samples } = await load.ask<LoadRun>(request)
  return (JSON.parse(samples[0] ?? '{}') as { id: string }).id
}

function holdWorkers(lupa: Lupa): Disposable {
  const workers = find(lupa, /apps\/worker\/src\/(main|predictor\/child)/).concat(
    lupa.processes().filter(({ command }) => WORKER.test(command)),
  )
  for (const { pid } of workers) process.kill(pid, 'SIGSTOP')
  return {
    [Symbol.dispose]() {
      for (const { pid } of workers) process.kill(pid, 'SIGCONT')
    },
  }
}
