import { join, resolve } from 'node:path'
import type { Manifest } from '@lupa/core/models/manifest'
import type { ToolModel } from '@lupa/core/models/model-reports'
import { runModelTool } from '../run-model-tool.ts'

interface Sample {
  image: string
  prediction: string | null
}

/**
 * The pictures that a model must know, with what the quantized one says of them: its confidences differ by
 * more than damaged weights are told by. Those that it judges otherwise are left out.
 */
export async function remeasureSelfTest(
  manifest: Manifest,
  model: ToolModel,
): Promise<{ self_test?: (Sample & { confidence: number | null })[] }> {
  const samples = Array.isArray(manifest.self_test) ? (manifest.self_test as Sample[]) : []
  const measured = []
  for (const { image, prediction } of samples) {
    const path = resolve(join(model.path, '..', image))
    const { trial } = await runModelTool('check-model', { model, image: path, runs: 1, threads: 1 })
    if (trial && trial.prediction === prediction) {
      measured.push({ image, prediction, confidence: trial.confidence })
    }
  }
  return measured.length > 0 ? { self_test: measured } : {}
}
