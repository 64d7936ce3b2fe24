import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError } from '../command-error.ts'

const PICTURE = /\.(jpe?g|png|webp|avif|tiff?|gif)$/i

/** The pictures in a folder and in those below it, by name. */
export async function findPictures(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    (thrown: NodeJS.ErrnoException): Dirent[] => {
      throw new CommandError(`${directory} cannot be read (${thrown.code}). Name a folder of pictures.`, {
        cause: thrown,
      })
    },
  )
  const pictures = entries
    .filter((entry) => entry.isFile() && PICTURE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
  if (pictures.length > 0) return pictures
  throw new CommandError(`${directory} holds no JPEG, PNG, WebP, AVIF, TIFF or GIF picture.`)
}
