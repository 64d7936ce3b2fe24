import { setTimeout as sleep } from 'node:timers/promises'
import { getJson, type Lupa } from '../../../test/end-to-end/lupa.ts'
import { startHelper } from '../helper.ts'
import { findModel, findPicture, modelsFolder } from '../materials.ts'
import { memoryOf } from '../memory.ts'
import type { LoadRequest, LoadRun } from '../processes/load.ts'
import { type Rig, type Row, type SideResult, spreadOf, type Workload } from '../workload.ts'

const USERS = 1000
const USERS_PER_SECOND = 100
const SECONDS = 40
const GOODPUT = 0.9

/** The original plan's load: 1,000 users, a hundred more each second. */
export const crowdWorkload: Workload = {
  name: 'crowd',
  question: `How much of its peak does Lupa answer to ${USERS} users at once, and is anything else than 200, 202, 429 or 503 among it?`,
  async run(rig) {
    const model = findModel('classify')
    const picture = findPicture('street')
    if (!model || !picture) return []
    const rows: Row[] = []
    for (const distinct of [true, false]) rows.push(await measure(rig, { model, picture, distinct }))
    return rows
  },
}

async function measure(
  rig: Rig,
  { model, picture, distinct }: { model: string; picture: string; distinct: boolean },
): Promise<Row> {
  await using stack = new AsyncDisposableStack()
  const models = stack.use(modelsFolder(model))
  const lupa = stack.use(await rig.start({ MODELS_DIR: models.path, DEFAULT_MODEL: 'bench' }))
  const load = stack.use(await startHelper('load', { url: lupa.url }))
  const request = { path: '/predict', method: 'POST', picture, distinct, counts: 200 } as const
  const small: LoadRequest = { ...request, clients: 16, seconds: rig.seconds }
  await load.ask<LoadRun>({ ...small, seconds: 2 })
  const peak = await load.ask<LoadRun>(small)
  const memory = [memoryOf(lupa)]
  const crowd = await load.ask<LoadRun>({
    ...request,
    clients: USERS,
    clientsPerSecond: USERS_PER_SECOND,
    seconds: SECONDS,
  })
  memory.push(memoryOf(lupa))
  const left = await untilNothingWaits(lupa)
  const again = await load.ask<LoadRun>(small)
  memory.push(memoryOf(lupa))

  const peaks = [peak, again].map((run) => run.answers / run.seconds)
  const whenAllAreThere = crowd.bySecond.slice(USERS / USERS_PER_SECOND, SECONDS)
  const goodput = whenAllAreThere.reduce((sum, answers) => sum + answers, 0) / whenAllAreThere.length
  rig.say(`  answers to ${USERS} users: ${JSON.stringify(crowd.statuses)}; jobs left unfinished: ${left}`)
  rig.say(
    `  memory in MiB before, after, and after more: ${memory.map((kinds) => JSON.stringify(kinds)).join(' ')}`,
  )
  const wrong = Object.keys(crowd.statuses).filter((status) => !['200', '202', '429', '503'].includes(status))
  if (wrong.length > 0) rig.say(`  not as promised: ${wrong.join(', ')}`)
  return {
    workload: 'crowd',
    what: distinct ? 'goodput, pictures all distinct' : 'goodput, one picture again and again',
    of: 'the peak (16 clients)',
    ratio: spreadOf(peaks.map((rate) => goodput / rate)),
    costRatio: null,
    goal: GOODPUT,
    better: 'more',
    sides: [toSide('16 clients', peak), toSide(`${USERS} users`, crowd, goodput)],
    measuredAt: new Date().toISOString(),
  }
}

function toSide(name: string, run: LoadRun, perSecond = run.answers / run.seconds): SideResult {
  return {
    name,
    perSecond: Math.round(perSecond * 10) / 10,
    p50Ms: Math.round(run.p50Ms),
    p99Ms: Math.round(run.p99Ms),
    cpuMs: {},
    stagesMs: {},
  }
}

/** Resolves to how many jobs had not ended in a minute. */
async function untilNothingWaits({ url }: Lupa): Promise<number> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const { waiting, running } = await getJson<{ waiting: number; running: number }>(`${url}/v1/queue`)
    if (waiting + running === 0 || Date.now() > deadline) return waiting + running
    await sleep(500)
  }
}
