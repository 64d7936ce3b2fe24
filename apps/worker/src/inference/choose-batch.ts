import type { Size } from '@lupa/core/domain/size'
import type { LoadedModel } from './load-model.ts'
import type { OnnxSession } from './onnx-session.ts'

/** How many images a model computes at once: so many at most, or of these as many as measuring shows to pay. */
export interface BatchChoice {
  atMost: number
  measure: boolean
}

/** How many images of this model should be computed at once, when so many wait. */
export async function chooseBatch(
  { session, package: { imgsz } }: LoadedModel,
  { atMost, measure }: BatchChoice,
): Promise<number> {
  if (atMost === 1) return 1
  // It computes so many in any case.
  if (session.fixedBatch !== null) return Math.min(session.fixedBatch, atMost)
  return measure ? measureBatch(session, session.fixedSize ?? imgsz, atMost) : atMost
}

/** Below this gain in images a second, a batch is not worth that its images wait for each other. */
const WORTHWHILE_GAIN = 1.05
/** What a batch saves is some work around each layer, which is lost in a model that takes longer. */
const SLOW_MS = 20
const ROUNDS = 5
const BUDGET_MS = 1000

/** 2, 4, 8 and so on, whichever is fastest per image by its best of some rounds. */
async function measureBatch(session: OnnxSession, input: Size, atMost: number): Promise<number> {
  const alone = { images: 1, bestMs: Number.POSITIVE_INFINITY }
  const several = powersOfTwo(atMost).map((images) => ({ images, bestMs: Number.POSITIVE_INFINITY }))
  const startMs = performance.now()
  for (let round = 0; round < ROUNDS && performance.now() - startMs < BUDGET_MS; round++) {
    for (const batch of [alone, ...several]) {
      batch.bestMs = Math.min(batch.bestMs, await msPerImage(session, input, batch.images))
      if (alone.bestMs > SLOW_MS) return 1
    }
  }
  const [fastest = alone] = several.toSorted((a, b) => a.bestMs - b.bestMs)
  return alone.bestMs / fastest.bestMs >= WORTHWHILE_GAIN ? fastest.images : 1
}

function powersOfTwo(atMost: number): number[] {
  return Array.from({ length: Math.floor(Math.log2(atMost)) }, (_, at) => 2 ** (at + 1))
}

/** Of the processor's time, which others on the machine hardly disturb. */
async function msPerImage(session: OnnxSession, input: Size, images: number): Promise<number> {
  const start = process.cpuUsage()
  await session.runSeveral(input, images)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000 / images
}
