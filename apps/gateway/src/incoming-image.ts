import { LupaError } from '@lupa/core/domain/errors'

/** One of many images, on its way in. */
export interface IncomingImage {
  /** For a refusal to name it by. */
  name: string | null
  /** Rejects with what is wrong about it; that refuses this image only. */
  read: () => Promise<{ image: Buffer; imageName: string | null }>
}

export function tooManyImages(maxImages: number): LupaError {
  return new LupaError(
    'too_many_images',
    `A batch may hold ${maxImages} images. Send several batches, or have BATCH_MAX_IMAGES raised.`,
  )
}

export function tooManyBytes(maxBytes: number): LupaError {
  return new LupaError(
    'body_too_large',
    `The images of a batch may have ${maxBytes} bytes in all (${(maxBytes / 1024 / 1024).toFixed(1)} MiB), unpacked. Send several batches, or have BATCH_MAX_BYTES raised.`,
  )
}

export function imageTooLarge(maxImageBytes: number): LupaError {
  return new LupaError('image_too_large', `An image may have ${maxImageBytes} bytes at most.`)
}
