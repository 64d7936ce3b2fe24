import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import type { KeypointShape } from '../domain/candidates.ts'
import { Task } from '../domain/prediction.ts'
import type { Size } from '../domain/size.ts'
import { type Fit, type Manifest, ManifestError, parseManifest } from './manifest.ts'
import type { FoundModel, ModelCard, ModelPackage, SelfTestSample } from './model-package.ts'
import { NotOnnxError, readOnnxMetadata } from './onnx-metadata.ts'
import { type PythonLiteral, PythonLiteralError, parsePythonLiteral } from './python-literal.ts'

export const MANIFEST_FILE = 'manifest.json'

/** The model cannot be served; the message says why, and what to do. */
class PackageError extends Error {
  override readonly name = 'PackageError'
}

/** What a model file, its metadata and its manifest say of themselves. Never rejects for a bad model. */
export async function readModelPackage(name: string, version: string, path: string): Promise<FoundModel> {
  try {
    const manifest = await readManifest(join(dirname(path), MANIFEST_FILE))
    const model = await readPackage(name, version, path, manifest)
    return { name, version, package: model, card: toCard(manifest), failure: null }
  } catch (thrown) {
    return { name, version, package: null, card: null, failure: explain(thrown, name, version) }
  }
}

async function readPackage(
  name: string,
  version: string,
  path: string,
  manifest: Manifest,
): Promise<ModelPackage> {
  const metadata = await readOnnxMetadata(path)
  const task = toTask(manifest.task ?? metadata.get('task'))
  const names = toNames(manifest, metadata)
  const imgsz = toImageSize(manifest, metadata)
  const { digest, bytes } = await hashFile(path)
  assertDigest(manifest, digest)
  return {
    name,
    version,
    task,
    names,
    imgsz,
    stride: manifest.stride ?? toStride(metadata.get('stride')),
    fit: toFit(manifest, task),
    keypoints: task === 'pose' ? toKeypoints(manifest, metadata) : null,
    endToEnd: toEndToEnd(manifest, metadata),
    digest,
    path,
    bytes,
    licence: manifest.licence ?? metadata.get('license') ?? null,
    description: manifest.description ?? metadata.get('description') ?? null,
    selfTest: toSelfTest(manifest, path),
  }
}

function toCard({ metrics, trained_on: trainedOn, limits }: Manifest): ModelCard {
  return { metrics: metrics ?? null, trainedOn: trainedOn ?? null, limits: limits ?? null }
}

async function readManifest(path: string): Promise<Manifest> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return '{}'
    throw thrown
  })
  return parseManifest(text)
}

function toTask(said: string | undefined): Task {
  if (said === undefined) throw missing('task')
  const task = Task.safeParse(said)
  if (task.success) return task.data
  throw new PackageError(
    `Its task is ${said}, which cannot be run; ${Task.options.join(', ')} can. Remove the folder, or export a model of such a task.`,
  )
}

function toNames(manifest: Manifest, metadata: Map<string, string>): string[] {
  const said = metadata.get('names')
  const byNumber = manifest.names ?? (said === undefined ? undefined : fromMetadata('names', said))
  if (byNumber === undefined) throw missing('names')
  const names = Array.isArray(byNumber) ? byNumber : listByNumber(byNumber)
  if (names.length === 0 || !names.every((className) => typeof className === 'string')) throw unclear('names')
  return names
}

/** `{0: 'open', 1: 'closed'}`: the numbers must be 0, 1, 2 … in any order. */
function listByNumber(byNumber: Record<string, string> | PythonLiteral): unknown[] {
  const entries =
    byNumber instanceof Map
      ? [...byNumber]
      : typeof byNumber === 'object' && byNumber
        ? Object.entries(byNumber)
        : []
  const names = new Map(entries.map(([classNumber, className]) => [Number(classNumber), className]))
  if (names.size !== entries.length) throw unclear('names')
  return Array.from({ length: names.size }, (_, classNumber) => names.get(classNumber))
}

function toImageSize(manifest: Manifest, metadata: Map<string, string>): Size {
  const said = metadata.get('imgsz')
  const sides = manifest.imgsz ?? (said === undefined ? undefined : fromMetadata('imgsz', said))
  if (sides === undefined) throw missing('imgsz')
  const [height, width = height] = Array.isArray(sides) ? sides : [sides]
  if (!isPixels(height) || !isPixels(width)) throw unclear('imgsz')
  return { width, height }
}

const isPixels = (side: unknown): side is number => Number.isInteger(side) && (side as number) > 0

/** Only models that take any size need it; YOLOv8 detects at three scales, the coarsest of 32 pixels. */
function toStride(said: string | undefined): number {
  const stride = Number(said)
  return Number.isInteger(stride) && stride > 0 ? stride : 32
}

function toFit({ fit }: Manifest, task: Task): Fit {
  if (task === 'classify') return fit ?? 'crop'
  if (fit === undefined) return 'pad'
  throw new PackageError(
    `"fit" in ${MANIFEST_FILE} says how a classifier sees an image, and the task is ${task}, which always sees the whole of it. Remove "fit".`,
  )
}

function toKeypoints(manifest: Manifest, metadata: Map<string, string>): KeypointShape {
  const said = metadata.get('kpt_shape')
  const shape = manifest.kpt_shape ?? (said === undefined ? undefined : fromMetadata('kpt_shape', said))
  if (shape === undefined) throw missing('kpt_shape')
  const [count, numbers] = Array.isArray(shape) ? shape : []
  if (!Number.isInteger(count) || (count as number) < 1 || (numbers !== 2 && numbers !== 3)) {
    throw unclear('kpt_shape')
  }
  return { count: count as number, numbers }
}

/** Ultralytics writes `end2end` of a model made so, and `nms` among the arguments of an export of one that was not. */
function toEndToEnd(manifest: Manifest, metadata: Map<string, string>): boolean | null {
  if (manifest.end2end !== undefined) return manifest.end2end
  const said = metadata.get('end2end')
  const isExportedSo = /'nms': True\b/.test(metadata.get('args') ?? '')
  return said === undefined && !isExportedSo ? null : said === 'True' || isExportedSo
}

function fromMetadata(key: string, said: string): PythonLiteral {
  try {
    return parsePythonLiteral(said)
  } catch (thrown) {
    if (thrown instanceof PythonLiteralError) throw unclear(key, thrown)
    throw thrown
  }
}

function assertDigest({ sha256 }: Manifest, digest: string): void {
  const expected = sha256 && `sha256:${sha256.toLowerCase().replace(/^sha256:/, '')}`
  if (!expected || expected === digest) return
  throw new PackageError(
    `The file is ${digest}, but ${MANIFEST_FILE} says ${expected}. Copy the model again, or correct "sha256" in ${MANIFEST_FILE}.`,
  )
}

/** The pictures may lie beside the versions, which share them, but not outside of the model's folder. */
function toSelfTest({ self_test: samples }: Manifest, path: string): SelfTestSample[] | undefined {
  const versionFolder = resolve(dirname(path))
  const modelFolder = dirname(versionFolder)
  return samples?.map(({ image, ...expected }) => {
    const picture = resolve(versionFolder, image)
    if (!picture.startsWith(modelFolder + sep)) {
      throw new PackageError(
        `"self_test" in ${MANIFEST_FILE} names ${JSON.stringify(image)}, which is outside of the model's folder. Put the picture beside the versions, for example at "../samples/1.jpg".`,
      )
    }
    return { path: picture, ...expected }
  })
}

async function hashFile(path: string): Promise<{ digest: string; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const block = chunk as Uint8Array
    hash.update(block)
    bytes += block.length
  }
  return { digest: `sha256:${hash.digest('hex')}`, bytes }
}

const EXAMPLE = '{ "task": "classify", "names": ["open", "closed"], "imgsz": [224, 224] }'
const EXAMPLE_OF_POSE = '{ "task": "pose", "names": ["person"], "imgsz": [640, 640], "kpt_shape": [17, 3] }'

function missing(key: string): PackageError {
  return new PackageError(`Neither the ONNX metadata nor ${MANIFEST_FILE} says "${key}". ${adviceOn(key)}`)
}

function unclear(key: string, cause?: Error): PackageError {
  const why = cause ? ` (${cause.message})` : ''
  return new PackageError(`"${key}" cannot be understood${why}. ${adviceOn(key)}`, { cause })
}

function adviceOn(key: string): string {
  const [keys, example] =
    key === 'kpt_shape'
      ? ['"task", "names", "imgsz" and "kpt_shape"', EXAMPLE_OF_POSE]
      : ['"task", "names" and "imgsz"', EXAMPLE]
  return `Write ${MANIFEST_FILE} beside model.onnx with ${keys}, for example ${example}`
}

/** Clients read it too: files are named from the models folder on, not by where that is. */
function explain(thrown: unknown, name: string, version: string): string {
  const model = `Model ${name}@${version} cannot be served.`
  if (thrown instanceof PackageError) return `${model} ${thrown.message}`
  if (thrown instanceof NotOnnxError) {
    return `${model} ${name}/${version}/model.onnx: ${thrown.message}. Export it again: yolo export model=best.pt format=onnx`
  }
  if (thrown instanceof ManifestError) {
    return `${model} ${name}/${version}/${MANIFEST_FILE} is wrong: ${thrown.message}. For example ${EXAMPLE}`
  }
  return `${model} It cannot be read (${(thrown as NodeJS.ErrnoException).code ?? String(thrown)}).`
}
