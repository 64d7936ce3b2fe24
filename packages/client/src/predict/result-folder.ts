import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FORMATS, type FormatName } from '@lupa/core/formats/formats'
import { CommandError } from '../command-error.ts'
import type { Job } from '../library/wire-types.ts'
import type { Source } from './find-sources.ts'
import { formatJob } from './format-job.ts'

/** What was predicted of each image, as a file. A file that is there is whole: it is written aside, then renamed. */
export interface ResultFolder {
  has(source: Source): boolean
  save(source: Source, job: Job): Promise<void>
}

export function createResultFolder(directory: string, format: FormatName): ResultFolder {
  const pathOf = ({ place }: Source) => join(directory, `${place}${FORMATS[format].extension}`)
  return {
    has: (source) => existsSync(pathOf(source)),
    async save(source, job) {
      const path = pathOf(source)
      const text = formatJob(job, format)
      try {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(`${path}.part`, text)
        await rename(`${path}.part`, path)
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException
        throw new CommandError(`${path} cannot be written (${code}).`, { cause })
      }
    },
  }
}
