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

/**
 * Loads a model and runs it once. Rejects with `model_unavailable` when it does not load, or is not
 * what its package says.
 */
export async function loadModel(
  modelPackage: ModelPackage,
  options: { threads: number },
): Promise<LoadedModel> {
  const { name, version, path } = modelPackage
  try {
    await assertDigest(modelPackage)
    const session = await openOnnxSession(path, options)
    await assertOutput(session, modelPackage)
    return { package: modelPackage, session }
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    const detail = `Model ${name}@${version} cannot be loaded from ${path}: ${reason.replace(/\.$/, '')}.`
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

async function assertOutput(session: OnnxSession, { task, names, imgsz }: ModelPackage): Promise<void> {
  assertSize(session.fixedSize, imgsz)
  const input = session.fixedSize ?? imgsz
  session.pixelsFor(input).fill(0)
  const { shape } = await session.run(input)
  const expected = task === 'classify' ? [1, names.length] : [1, 4 + names.length, shape[2]]
  if (shape.length === expected.length && shape.every((length, axis) => length === expected[axis])) return
  const wanted = task === 'classify' ? `[1, ${names.length}]` : `[1, ${4 + names.length}, anchors]`
  throw new Error(
    `it answers [${shape.join(', ')}], and ${wanted} is needed for ${task} with ${names.length} classes; a detector is exported with nms=False`,
  )
}

function assertSize(fixedSize: Size | null, imgsz: Size): void {
  if (!fixedSize || (fixedSize.width === imgsz.width && fixedSize.height === imgsz.height)) return
  throw new Error(
    `it takes ${fixedSize.width}×${fixedSize.height} pixels, but its package says imgsz [${imgsz.height}, ${imgsz.width}]`,
  )
}
