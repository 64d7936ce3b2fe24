import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { LupaError } from './errors.ts'
import { findImages } from './find-images.ts'
import type { OutgoingImage } from './image-source.ts'
import { type BatchOptions, type BatchOutcome, type BatchSource, Lupa as UniversalLupa } from './lupa.ts'

/** A running Lupa, over HTTP. In Node, text that is no address is a path. */
export class Lupa extends UniversalLupa {
  /** @param images or a folder: the images in it and below it */
  override batch(
    folder: string,
    options?: BatchOptions,
  ): AsyncGenerator<BatchOutcome<string>, void, undefined>
  override batch<S extends BatchSource>(
    images: Iterable<S> | AsyncIterable<S>,
    options?: BatchOptions,
  ): AsyncGenerator<BatchOutcome<S>, void, undefined>
  override batch(
    images: string | Iterable<BatchSource> | AsyncIterable<BatchSource>,
    options?: BatchOptions,
  ): AsyncGenerator<BatchOutcome, void, undefined> {
    return super.batch<BatchSource>(typeof images === 'string' ? imagesAt(images) : images, options)
  }

  protected override async readPath(path: string): Promise<OutgoingImage> {
    try {
      return { blob: new Blob([await readFile(path)]), name: basename(path) }
    } catch (cause) {
      throw new LupaError(`${path} cannot be read (${codeOf(cause)}).`, { cause })
    }
  }
}

async function* imagesAt(path: string): AsyncGenerator<string, void, undefined> {
  const found = await stat(path).catch((cause) => {
    throw new LupaError(`There is no folder ${path} (${codeOf(cause)}).`, { cause })
  })
  if (found.isDirectory()) yield* findImages(path)
  else yield path
}

const codeOf = (thrown: unknown) => (thrown as NodeJS.ErrnoException).code ?? String(thrown)
