import type { Task } from '@lupa/core/domain/prediction'
import type { ModelPlan } from '@lupa/core/models/model-reports'
import type { LoadedModel } from '../inference/load-model.ts'
import type { Layout } from '../inference/output-layout.ts'

/** What Lupa will do with a picture for this model, in sentences. */
export function planFor({ package: model, session, layout }: LoadedModel): ModelPlan {
  const { names } = model
  return {
    size: session.fixedSize ? 'fixed' : 'any',
    batch: session.fixedBatch ?? 'any',
    endToEnd: isEndToEnd(layout),
    fit: fitOf(model, session.fixedSize === null),
    decode: `${names.length} ${names.length === 1 ? 'class' : 'classes'}${EXTRAS[model.task]}`,
    suppression: suppressionOf(layout),
  }
}

const isEndToEnd = (layout: Layout) => layout.task !== 'classify' && layout.form === 'rows'

const EXTRAS: Record<Task, string> = {
  classify: ', the five surest shown',
  detect: ', a box for each detection',
  segment: ', a box and a mask for each detection',
  pose: ', a box and keypoints for each detection',
  obb: ', a rotated box for each detection',
}

function fitOf({ task, fit, imgsz, stride }: LoadedModel['package'], isAnySize: boolean): string {
  const size = `${imgsz.width} × ${imgsz.height}`
  if (task === 'classify' && fit === 'crop') {
    return `the short side scaled to fill ${size}, the middle of the long side kept`
  }
  const padding =
    isAnySize && task !== 'classify' ? `padded to a multiple of ${stride} only` : 'grey around it'
  return `the whole picture scaled into ${size}, ${padding}`
}

function suppressionOf(layout: Layout): string {
  if (layout.task === 'classify') return 'none'
  return isEndToEnd(layout)
    ? 'none: the model does it; conf, max_det and classes can be changed per request'
    : 'by class; conf, iou, max_det and classes can be changed per request'
}
