import type { ModelPackage } from '@lupa/core/models/model-package'
import type { ModelPlan, TensorSignature } from '@lupa/core/models/model-reports'

/** What Lupa will do with a picture for this model, in sentences. */
export function planFor(
  { task, names, imgsz, stride }: ModelPackage,
  { inputs, outputs }: { inputs: TensorSignature[]; outputs: TensorSignature[] },
): ModelPlan {
  const [batch, , height, width] = inputs[0]?.shape ?? []
  const isAnySize = typeof height !== 'number' || typeof width !== 'number'
  const rows = outputs[0]?.shape ?? []
  const endToEnd = task !== 'classify' && rows.length === 3 && isShort(rows[2]) && !isShort(rows[1])
  const size = `${imgsz.width} × ${imgsz.height}`
  return {
    size: isAnySize ? 'any' : 'fixed',
    batch: typeof batch === 'number' ? 'one' : 'any',
    endToEnd,
    fit: fitOf(task, size, isAnySize ? stride : null),
    decode: `${describe(rows)} to ${names.length} ${names.length === 1 ? 'class' : 'classes'}${EXTRAS[task]}`,
    suppression: suppressionOf(task, endToEnd),
  }
}

const EXTRAS: Record<ModelPackage['task'], string> = {
  classify: ', the five surest shown',
  detect: ' with a box each',
  segment: ' with a box and a mask each',
  pose: ' with a box and keypoints each',
  obb: ' with a rotated box each',
}

/** Rows of values by candidate end in a handful of columns; candidates in columns are thousands. */
const isShort = (length: number | string | undefined) => typeof length === 'number' && length < 100

function fitOf(task: ModelPackage['task'], size: string, stride: number | null): string {
  if (task === 'classify') return `the short side scaled to fill ${size}, the middle of the long side kept`
  const padding = stride === null ? 'grey around it' : `padded to a multiple of ${stride} only`
  return `the whole picture scaled into ${size}, ${padding}`
}

function suppressionOf(task: ModelPackage['task'], endToEnd: boolean): string {
  if (task === 'classify') return 'none'
  return endToEnd
    ? 'none: the model did it; conf, max_det and classes can be changed per request'
    : 'by class; conf, iou, max_det and classes can be changed per request'
}

const describe = (shape: readonly (number | string)[]) => `[${shape.join(', ')}]`
