import type { StoredPrediction } from '@lupa/core/domain/prediction'
import type { Output } from '../onnx-session.ts'
import type { ClassLayout, Layout } from '../output-layout.ts'
import { decodeDetect } from './detect.ts'
import { decodeObb } from './obb.ts'
import { decodePose } from './pose.ts'
import { decodeSegment } from './segment.ts'
import type { DecodeContext } from './store-candidates.ts'

/** From the outputs of a model that finds things to what is kept of them. */
export function decodeBoxes(
  outputs: readonly Output[],
  layout: Exclude<Layout, ClassLayout>,
  context: Omit<DecodeContext, 'layout'>,
): StoredPrediction {
  switch (layout.task) {
    case 'detect':
      return decodeDetect(outputs, { ...context, layout })
    case 'segment':
      return decodeSegment(outputs, { ...context, layout })
    case 'pose':
      return decodePose(outputs, { ...context, layout })
    case 'obb':
      return decodeObb(outputs, { ...context, layout })
  }
}
