import { startHelper } from '../helper.ts'
import { lupaSide } from '../lupa-side.ts'
import { findModel, findPicture, modelsFolder } from '../materials.ts'
import { modelSide } from '../model-side.ts'
import { inTurns, toSideResult } from '../side.ts'
import { spreadOf, type Workload } from '../workload.ts'

const MOST_MS = 6

/** One client at a time: what the way through queue and stores adds to the work itself. */
export const latencyWorkload: Workload = {
  name: 'latency',
  question:
    'How much longer does one client wait than decoding, model and postprocessing take in one process?',
  async run(rig) {
    const model = findModel('classify')
    const picture = findPicture('street')
    if (!model || !picture) return []
    await using stack = new AsyncDisposableStack()
    const models = stack.use(modelsFolder(model))
    const inside = stack.use(await modelSide({ name: 'one process', model, picture, processes: 1 }))
    const lupa = stack.use(
      await rig.start({
        MODELS_DIR: models.path,
        DEFAULT_MODEL: 'bench',
        RESULT_CACHE_SECONDS: '0',
        WORKER_THREADS: '1',
      }),
    )
    const load = stack.use(await startHelper('load', { url: lupa.url }))
    const ours = lupaSide(lupa, load, {
      path: '/predict',
      method: 'POST',
      clients: 1,
      picture,
      distinct: true,
      counts: 200,
    })
    const runs = await inTurns([inside, ours], rig)
    const [mine = [], theirs = []] = [runs.get(ours.name), runs.get(inside.name)]
    return [
      {
        workload: 'latency',
        what: 'milliseconds more in the middle (p50)',
        of: inside.name,
        ratio: spreadOf(mine.map(({ p50Ms }, round) => (p50Ms ?? 0) - (theirs[round]?.p50Ms ?? 0))),
        costRatio: null,
        goal: MOST_MS,
        better: 'less',
        sides: [toSideResult(inside.name, theirs), toSideResult(ours.name, mine)],
        measuredAt: new Date().toISOString(),
      },
    ]
  },
}
