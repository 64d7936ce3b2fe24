import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { LupaError } from '@lupa/core/domain/errors'
import { MAX_IMAGE_PIXELS } from '@lupa/core/domain/image-limits'
import type { Size } from '@lupa/core/domain/size'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { type OnnxSession, openOnnxSession } from './onnx-session.ts'
import { type Layout, readLayout, type Shape } from './output-layout.ts'

/** A model package, its session, and how to read what it answers. */
export interface LoadedModel {
  package: ModelPackage
  session: OnnxSession
  /** Of one image. */
  outputShapes: Shape[]
  layout: Layout
  /** Images of more pixels are refused. */
  maxImagePixels: number
}

/** Loads a model. Rejects with `model_unavailable` when it does not load, or is not what its package says. */
export async function loadModel(
  modelPackage: ModelPackage,
  { threads, maxImagePixels = MAX_IMAGE_PIXELS }: { threads: number; maxImagePixels?: number },
): Promise<LoadedModel> {
  try {
    await assertDigest(modelPackage)
    const session = await openOnnxSession(modelPackage.path, { threads })
    try {
      return { maxImagePixels, ...(await read(session, modelPackage)) }
    } catch (thrown) {
      await session.release()
      throw thrown
    }
  } catch (thrown) {
    throw cannotBeLoaded(modelPackage, thrown)
  }
}

/**
 * The same file as another package says it is to be read: another version may be the same file, and a manifest
 * may have been changed. Throws `model_unavailable` when the file is not what that says.
 */
export function readAs(loaded: LoadedModel, modelPackage: ModelPackage): LoadedModel {
  try {
    assertSize(loaded.session.fixedSize, modelPackage.imgsz)
    return { ...loaded, package: modelPackage, layout: readLayout(loaded.outputShapes, modelPackage) }
  } catch (thrown) {
    throw cannotBeLoaded(modelPackage, thrown)
  }
}

async function read(session: OnnxSession, modelPackage: ModelPackage) {
  assertSize(session.fixedSize, modelPackage.imgsz)
  const outputShapes = await readOutputShapes(session, modelPackage)
  return { package: modelPackage, session, outputShapes, layout: readLayout(outputShapes, modelPackage) }
}

function cannotBeLoaded({ name, version, path }: ModelPackage, thrown: unknown): LupaError {
  // Clients read it too, and where the file is does not concern them.
  const reason = (thrown instanceof Error ? thrown.message : String(thrown)).replaceAll(path, 'model.onnx')
  const detail = `Model ${name}@${version} cannot be loaded: ${reason.replace(/\.$/, '')}.`
  return new LupaError('model_unavailable', detail, { cause: thrown })
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
async function readOutputShapes(session: OnnxSession, { imgsz }: ModelPackage): Promise<Shape[]> {
  const shapes = session.outputShapes.map((shape) => [1, ...shape.slice(1)])
  if (shapes.every(areNumbers)) return shapes
  session.pixelsFor(imgsz).fill(0)
  return (await session.run(imgsz)).map(({ shape }) => shape)
}

const areNumbers = (shape: (number | string)[]): shape is number[] =>
  shape.every((length) => typeof length === 'number')
