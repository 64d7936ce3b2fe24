import type { ToolModel } from '@lupa/core/models/model-reports'
import { readModelPackage } from '@lupa/core/models/read-model-package'
import { type LoadedModel, loadModel } from '../inference/load-model.ts'

/** The model, ready to run. Rejects with the sentence that says why it cannot be served. */
export async function openToolModel(
  { path, name, version }: ToolModel,
  threads: number,
): Promise<LoadedModel> {
  const found = await readModelPackage(name, version, path)
  if (!found.package) throw new Error(found.failure)
  return loadModel(found.package, { threads })
}
