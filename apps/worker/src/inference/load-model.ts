import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { LupaError } from '@lupa/core/domain/errors'
import type { Size } from '@lupa/core/domain/view-prediction'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { type OnnxSession, openOnnxSession } from './onnx-session.ts'

/** A model package and its session. */
export interface LoadedModel {
  package: ModelPackage
  session: OnnxSession
}

/** Loads a model. Rejects with `model_unavailable` when it does not load, or is not what its package says. */
export async function loadModel(
  modelPackage: ModelPackage,
  options: { threads: number },
): Promise<LoadedModel> {
  const { name, version, path } = modelPackage
  try {
    await assertDigest(modelPackage)
    const session = await openOnnxSession(path, options)
    assertSize(session.fixedSize, modelPackage.imgsz)
    assertOutput(await readOutputShape(session, modelPackage), modelPackage)
    return { package: modelPackage, session }
  } catch (thrown) {
    // Clients read it too, and where the file is does not concern them.
    const reason = (thrown instanceof Error ? thrown.message : String(thrown)).replaceAll(path, 'model.onnx')
    const detail = `Model ${name}@${version} cannot be loaded: ${reason.replace(/\.$/, '')}.`
    throw new LupaError('model_unavailable', detail, { cause: thrown })
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
async function readOutputShape(session: OnnxSession, { imgsz }: ModelPackage): Promise<readonly number[]> {
  const { outputShape } = session
  if (outputShape.every((length) => typeof length === 'number')) return outputShape
  session.pixelsFor(imgsz).fill(0)
  return (await session.run(imgsz)).shape
}

function assertOutput(shape: readonly number[], { task, names }: ModelPackage): void {
  const expected = task === 'classify' ? [1, names.length] : [1, 4 + names.length, shape[2]]
  if (shape.length === expected.length && shape.every((length, axis) => length === expected[axis])) return
  const wanted = task === 'classify' ? `[1, ${names.length}]` : `[1, ${4 + names.length}, anchors]`
  throw new Error(
    `it answers [${shape.join(', ')}], and ${wanted} is needed for ${task} with ${names.length} classes; a detector is exported with nms=False`,
  )
}
