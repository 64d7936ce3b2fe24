import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CommandError } from '../command-error.ts'
import type { Job } from '../library/wire-types.ts'
import type { Source } from './find-sources.ts'
import type { ResultFormat } from './result-format.ts'

/** What was predicted of each image, as a file. A file that is there is whole: it is written aside, then renamed. */
export interface ResultFolder {
  has(source: Source): boolean
  save(source: Source, job: Job): Promise<string>
}

export function createResultFolder(directory: string, format: ResultFormat): ResultFolder {
  const pathOf = ({ place }: Source) => join(directory, `${place}.${format.ending}`)
  return {
    has: (source) => existsSync(pathOf(source)),
    async save(source, job) {
      const path = pathOf(source)
      try {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(`${path}.part`, format.write(job))
        await rename(`${path}.part`, path)
      } catch (cause) {
        throw new CommandError(`${path} cannot be written (${(cause as NodeJS.ErrnoException).code}).`, {
          cause,
        })
      }
      return path
    },
  }
}
