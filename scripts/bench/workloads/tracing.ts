import { startOtlpReceiver } from '../../../test/telemetry/otlp-receiver.ts'
import { startHelper } from '../helper.ts'
import { lupaSide, predictLoad, UNCACHED } from '../lupa-side.ts'
import { findModel, findPicture, modelsFolder } from '../materials.ts'
import { costRatioOf, inTurns, ratioOf, toSideResult } from '../side.ts'
import type { Rig, Row, Workload } from '../workload.ts'

const SILENT = 'no tracing'
const TRACED = 'every request traced'

/** A small model and every request traced, which is as much of a picture's cost as tracing can be. */
export const tracingWorkload: Workload = {
  name: 'tracing',
  question: 'How much of the rate is left when every request is traced?',
  run: (rig) => run(rig),
}

async function run(rig: Rig): Promise<Row[]> {
  const model = findModel('classify')
  const picture = findPicture('street')
  if (!model || !picture) return []
  await using stack = new AsyncDisposableStack()
  const models = stack.use(modelsFolder(model))
  const collector = stack.use(await startOtlpReceiver({ keep: false }))
  const env = { ...UNCACHED, MODELS_DIR: models.path }
  const load = predictLoad(picture, 16)
  async function side(name: string, more: NodeJS.ProcessEnv) {
    const lupa = stack.use(await rig.start({ ...env, ...more }))
    return lupaSide(lupa, stack.use(await startHelper('load', { url: lupa.url })), load, name)
  }
  const sides = [await side(SILENT, {}), await side(TRACED, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })]
  const runs = await inTurns(sides, rig)
  const [silent = [], traced = []] = [runs.get(SILENT), runs.get(TRACED)]
  return [
    {
      workload: 'tracing',
      what: 'pictures a second',
      of: SILENT,
      ratio: ratioOf(traced, silent, ({ perSecond }) => perSecond),
      costRatio: costRatioOf(traced, silent),
      goal: null,
      better: 'more',
      sides: sides.map(({ name }) => toSideResult(name, runs.get(name) ?? [])),
      measuredAt: new Date().toISOString(),
    },
  ]
}
