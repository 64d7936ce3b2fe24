import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')
/** Models and pictures that many services of this kind are measured with; where they are absent, our own. */
const SHARED = resolve(ROOT, '../shared')

const MODELS = {
  detect: ['coco-detect.onnx', 'bottles/1/model.onnx'],
  'detect-int8': ['coco-detect-int8.onnx', null],
  classify: ['leaves-classify.onnx', 'bottle-status/4/model.onnx'],
} as const

const PICTURES = {
  bus: ['bus.jpg', 'bottles/samples/table.jpg'],
  street: ['street-640.jpg', 'bottle-status/samples/aberta-1.jpg'],
  'street-12mp': ['street-12mp.jpg', null],
} as const

export type ModelName = keyof typeof MODELS
export type PictureName = keyof typeof PICTURES

/** Where the model is; undefined where it is not to be had. */
export function findModel(name: ModelName): string | undefined {
  return find('models', MODELS[name])
}

export function findPicture(name: PictureName): string | undefined {
  return find('images', PICTURES[name])
}

function find(folder: string, [shared, own]: readonly [string, string | null]): string | undefined {
  const candidates = [join(SHARED, folder, shared), ...(own ? [join(ROOT, 'models', own)] : [])]
  return candidates.find((path) => existsSync(path))
}

/** A folder of models that holds this one, as version 1 of `bench`. */
export function modelsFolder(model: string): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'lupa-bench-models-'))
  mkdirSync(join(path, 'bench', '1'), { recursive: true })
  symlinkSync(model, join(path, 'bench', '1', 'model.onnx'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
