import type { ModelComparison } from '@lupa/core/models/model-reports'
import type { QuantizerReport } from './run-quantizer.ts'

/** How a quantized version was made and what it is worth: `quantization.json` beside it. */
export interface QuantizationReport {
  model: string
  float: { name: string; version: string; digest: string }
  calibration: { pictures: number; variants: number }
  quantizer: QuantizerReport
  comparison: ModelComparison
  /** Why it was not installed; empty when it was. */
  refused: string[]
}
