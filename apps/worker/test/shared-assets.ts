import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { readModelPackage } from '@lupa/core/models/read-model-package'
import type { Golden } from './compare-detections.ts'

/** Real models, pictures and Ultralytics' own answers; where they are absent, their tests skip. */
const SHARED = resolve(import.meta.dirname, '../../../../shared')

export const hasSharedAssets = existsSync(join(SHARED, 'models')) && existsSync(join(SHARED, 'golden'))

export function readPicture(name: string): Buffer {
  return readFileSync(join(SHARED, 'images', name))
}

/** By model and picture; of the model of dynamic size as golden/make.py made them. */
export function readGolden(): Record<string, Golden> {
  const { answers } = readJson(join(import.meta.dirname, 'golden', 'coco-detect-dynamic.json')) as {
    answers: Record<string, Golden>
  }
  const dynamic = Object.entries(answers).map(([picture, golden]) => [
    `coco-detect-dynamic/${picture}`,
    golden,
  ])
  const shared = readJson(join(SHARED, 'golden', 'ultralytics.json')) as Record<string, Golden>
  return { ...shared, ...Object.fromEntries(dynamic) }
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

export function modelPath(name: string): string {
  return join(SHARED, 'models', `${name}.onnx`)
}

export async function readSharedModel(name: string): Promise<ModelPackage> {
  const found = await readModelPackage(name, '1', modelPath(name))
  if (!found.package) throw new Error(found.failure)
  return found.package
}
