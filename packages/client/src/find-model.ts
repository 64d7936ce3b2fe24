import { LupaError } from '@lupa/core/domain/errors'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { CommandError } from './command-error.ts'

/** The package that `name` or `name@version` means. */
export async function findModel(modelsDirectory: string, wanted: string): Promise<ModelPackage> {
  try {
    return await createFolderModelCatalog({ directory: modelsDirectory }).resolve(wanted)
  } catch (thrown) {
    if (!(thrown instanceof LupaError)) throw thrown
    throw new CommandError(`${thrown.message} (Looked in ${modelsDirectory}; MODELS_DIR names another.)`, {
      cause: thrown,
    })
  }
}
