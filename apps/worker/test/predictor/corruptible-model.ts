import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import type { ModelPackage } from '@lupa/core/models/model-package'

const MODELS = resolve(import.meta.dirname, '../../../../models')
export const SAMPLES = join(MODELS, 'bottle-status', 'samples')

export interface Sample {
  image: string
  prediction: string
  confidence: number
}

export const KNOWN: Sample[] = Object.entries(
  JSON.parse(readFileSync(join(SAMPLES, 'expected.json'), 'utf8')) as Record<string, Omit<Sample, 'image'>>,
).map(([name, { prediction, confidence }]) => ({ image: `../samples/${name}`, prediction, confidence }))

/**
 * `bottle`: the model that ships with Lupa, with a self-test of these pictures, and the damaged weights beside it
 * that `corruptible-child.ts` goes over to.
 */
export async function aCorruptibleModel(directory: string, selfTest: Sample[]): Promise<ModelPackage> {
  const { path, task, names, fit } = await createFolderModelCatalog({ directory: MODELS }).resolve(
    'bottle-status',
  )
  const folder = join(directory, 'bottle', '1')
  const samples = join(directory, 'bottle', 'samples')
  for (const made of [folder, samples]) mkdirSync(made, { recursive: true })
  for (const { image } of KNOWN) copyFileSync(join(SAMPLES, image.slice(11)), join(folder, image))
  copyFileSync(path, join(folder, 'model.onnx'))
  writeFileSync(join(folder, 'model.onnx.damaged'), damaged(readFileSync(path)))
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ task, names, fit, self_test: selfTest }))
  return createFolderModelCatalog({ directory }).resolve('bottle')
}

/** Some hundred numbers are others in the midst of a large weight: elsewhere the file itself would be broken. */
function damaged(model: Buffer): Buffer {
  const bytes = Buffer.from(model)
  for (let at = Math.round(bytes.length * 0.65); at < bytes.length * 0.7; at += 499)
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0x42, at)
  return bytes
}
