import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelSamples } from './model-samples.ts'

/** As models and their files may be called: nothing that leads out of the folder. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
const PICTURE = /\.(jpe?g|png|webp|avif|gif)$/i
const MOST = 24

/** The pictures in `<model>/samples/`. */
export function createFolderModelSamples({ directory }: { directory: string }): ModelSamples {
  const folderOf = (model: string) => join(directory, model, 'samples')

  return {
    async list(model) {
      if (!NAME.test(model)) return []
      const names = await readdir(folderOf(model)).catch(() => [])
      return names.filter(isPicture).toSorted().slice(0, MOST)
    },
    async get(model, name) {
      if (!NAME.test(model) || !isPicture(name)) return undefined
      return readFile(join(folderOf(model), name)).catch(() => undefined)
    },
  }
}

const isPicture = (name: string) => NAME.test(name) && PICTURE.test(name)
