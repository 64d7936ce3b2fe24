import { coreCount } from '@lupa/core/runtime/settings'
import { startHelper } from '../helper.ts'
import { lupaSide, predictLoad, UNCACHED } from '../lupa-side.ts'
import { findModel, findPicture, type ModelName, modelsFolder, type PictureName } from '../materials.ts'
import { modelSide } from '../model-side.ts'
import { peerSides } from '../peers.ts'
import { costRatioOf, inTurns, ratioOf, type Side, toSideResult } from '../side.ts'
import type { Rig, Row, Workload } from '../workload.ts'

export interface PredictOptions {
  name: string
  model: ModelName
  picture: PictureName
  clients: number
  /** As a part of the model's own rate. */
  goal: number | null
}

const BARE = 'bare model'
const OURS = 'Lupa'

/** `POST /predict` as fast as it goes, cache off, every job recorded; against the model alone. */
export function predictWorkload({ name, model, picture, clients, goal }: PredictOptions): Workload {
  return {
    name,
    question: `How much of the bare model's rate is left of ${model}, ${picture}, ${clients} clients?`,
    run: (rig) => run(rig),
  }

  async function run(rig: Rig): Promise<Row[]> {
    const modelPath = findModel(model)
    const picturePath = findPicture(picture)
    if (!modelPath || !picturePath) {
      rig.say(`  ${name}: skipped, its model or picture is not here`)
      return []
    }
    await using stack = new AsyncDisposableStack()
    const models = stack.use(modelsFolder(modelPath))
    const bare = stack.use(await modelSide({ name: BARE, model: modelPath, processes: coreCount() }))
    const lupa = stack.use(await rig.start({ ...UNCACHED, MODELS_DIR: models.path }))
    const load = predictLoad(picturePath, clients)
    const ours = lupaSide(lupa, stack.use(await startHelper('load', { url: lupa.url })), load, OURS)
    const peers = await peerSides(rig, { model: modelPath, load }, stack)
    const sides: Side[] = [bare, ours, ...peers]
    const runs = await inTurns(sides, rig)
    const results = sides.map(({ name: side }) => toSideResult(side, runs.get(side) ?? []))

    return [BARE, ...peers.map((peer) => peer.name)].map((of): Row => {
      const [mine = [], theirs = []] = [runs.get(OURS), runs.get(of)]
      return {
        workload: name,
        what: 'pictures a second',
        of,
        ratio: ratioOf(mine, theirs, ({ perSecond }) => perSecond),
        costRatio: costRatioOf(mine, theirs),
        goal: of === BARE ? goal : goalAgainst(name, of),
        better: 'more',
        // Once: they are the same for all.
        sides: of === BARE ? results : [],
        measuredAt: new Date().toISOString(),
      }
    })
  }
}

/** Ahead of every peer; on huge pictures, twice as fast as LitServe. */
function goalAgainst(workload: string, peer: string): number {
  return workload === 'classify-12mp' && peer === 'litserve' ? 2 : 1
}
