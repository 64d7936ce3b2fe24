import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

const IMAGE_NAME = /\.(jpe?g|png|webp|avif|tiff?|gif)$/i

/** The images in a folder and those below it, by path. */
export async function* findImages(folder: string): AsyncGenerator<string, void, undefined> {
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* findImages(path)
    else if (IMAGE_NAME.test(entry.name)) yield path
  }
}
