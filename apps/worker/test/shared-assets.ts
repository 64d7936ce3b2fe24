import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { readModelPackage } from '@lupa/core/models/read-model-package'

/** Real models, pictures and Ultralytics' own answers; where they are absent, their tests skip. */
const SHARED = resolve(import.meta.dirname, '../../../../shared')

export const hasSharedAssets = existsSync(join(SHARED, 'models')) && existsSync(join(SHARED, 'golden'))

export function readPicture(name: string): Buffer {
  return readFileSync(join(SHARED, 'images', name))
}

export function readGolden(): unknown {
  return JSON.parse(readFileSync(join(SHARED, 'golden', 'ultralytics.json'), 'utf8'))
}

export function modelPath(name: string): string {
  return join(SHARED, 'models', `${name}.onnx`)
}

export async function readSharedModel(name: string): Promise<ModelPackage> {
  const found = await readModelPackage(name, '1', modelPath(name))
  if (!found.package) throw new Error(found.failure)
  return found.package
}
