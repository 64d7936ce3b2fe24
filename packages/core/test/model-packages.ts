import type { ModelPackage } from '../src/models/model-package.ts'

/** A package of which there is no file, for what loads none. */
export function aModelPackage(name: string): ModelPackage {
  return {
    name,
    version: '1',
    task: 'classify',
    names: ['a'],
    imgsz: { width: 32, height: 32 },
    stride: 32,
    fit: 'crop',
    keypoints: null,
    endToEnd: null,
    digest: `sha256:${name}`,
    path: `/models/${name}`,
    bytes: 1,
    licence: null,
    description: null,
  }
}
