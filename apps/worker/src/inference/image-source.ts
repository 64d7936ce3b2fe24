import { readFileSync } from 'node:fs'
import { LupaError } from '@lupa/core/domain/errors'

/** An image: its bytes, or the file that they are in. Handing on a path costs next to nothing. */
export type ImageSource = Uint8Array | { file: string }

/** Rejects with `image_not_found` when it was erased meanwhile. */
export function readImageSource(source: ImageSource): Uint8Array {
  if (source instanceof Uint8Array) return source
  try {
    return readFileSync(source.file)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new LupaError('image_not_found', 'The image of the job is not stored any more. Send it again.')
    }
    throw new LupaError('store_unavailable', 'The stored image cannot be read. Check the disk.', { cause })
  }
}
