import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { LupaError } from '@lupa/core/domain/errors'
import { MAX_IMAGE_PIXELS } from '@lupa/core/domain/image-limits'
import type { Size } from '@lupa/core/domain/size'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { type OnnxSession, openOnnxSession } from './onnx-session.ts'
import { type Layout, readLayout } from './output-layout.ts'

/** A model package, its session, and how to read what it answers. */
export interface LoadedModel {
  package: ModelPackage
  session: OnnxSession
  layout: Layout
  /** Images of more pixels are refused. */
  maxImagePixels: number
}

/** Loads a model. Rejects with `model_unavailable` when it does not load, or is not what its package says. */
export async function loadModel(
  modelPackage: ModelPackage,
  { threads, maxImagePixels = MAX_IMAGE_PIXELS }: { threads: number; maxImagePixels?: number },
): Promise<LoadedModel> {
  const { name, version, path } = modelPackage
  try {
    await assertDigest(modelPackage)
    const session = await openOnnxSession(path, { threads })
    const layout = await layoutOf(session, modelPackage)
    return { package: modelPackage, session, layout, maxImagePixels }
  } catch (thrown) {
    // Clients read it too, and where the file is does not concern them.
    const reason = (thrown instanceof Error ? thrown.message : String(thrown)).replaceAll(path, 'model.onnx')
    const detail = `Model ${name}@${version} cannot be loaded: ${reason.replace(/\.$/, '')}.`
    throw new LupaError('model_unavailable', detail, { cause: thrown })
  }
}

/** A session that is not what its package says is given back at once. */
async function layoutOf(session: OnnxSession, modelPackage: ModelPackage): Promise<Layout> {
  try {
    assertSize(session.fixedSize, modelPackage.imgsz)
    return readLayout(await readOutputShapes(session, modelPackage), modelPackage)
  } catch (thrown) {
    await session.release()
    throw thrown
  }
}

/** What is run is what was promised, even if the file was replaced a moment ago. */
async function assertDigest({ path, digest }: ModelPackage): Promise<void> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
  if (`sha256:${hash.digest('hex')}` !== digest) {
    throw new Error('the file was replaced after it was found; give a changed model a new version')
  }
}

function assertSize(fixedSize: Size | null, imgsz: Size): void {
  if (!fixedSize || (fixedSize.width === imgsz.width && fixedSize.height === imgsz.height)) return
  throw new Error(
    `it takes ${fixedSize.width}×${fixedSize.height} pixels, but its package says imgsz [${imgsz.height}, ${imgsz.width}]`,
  )
}

/** A model that takes any size must be run to know what it answers. */
async function readOutputShapes(session: OnnxSession, { imgsz }: ModelPackage) {
  const shapes = session.outputShapes.map((shape) => [1, ...shape.slice(1)])
  if (shapes.every(areNumbers)) return shapes
  session.pixelsFor(imgsz).fill(0)
  return (await session.run(imgsz)).map(({ shape }) => shape)
}

const areNumbers = (shape: (number | string)[]): shape is number[] =>
  shape.every((length) => typeof length === 'number')
