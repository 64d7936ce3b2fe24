import { roundHalfToEven } from '@lupa/core/domain/letterbox'
import type { Size } from '@lupa/core/domain/size'

/** How an image is scaled and cut to fill the input of a classifier. */
export interface CentreCrop {
  /** The image after scaling, before cutting. */
  resized: Size
  /** What is cut off before the part that the model sees. */
  left: number
  top: number
  input: Size
}

/**
 * Ultralytics' classify transform: the short side becomes the input's, the middle of the long side
 * stays. An input that is not square is filled by stretching.
 * https://github.com/ultralytics/ultralytics/blob/v8.4.0/ultralytics/data/augment.py
 */
export function fitCentreCrop(image: Size, input: Size): CentreCrop {
  const resized = input.width === input.height ? scaleShortSide(image, input.width) : input
  return {
    resized,
    left: roundHalfToEven((resized.width - input.width) / 2),
    top: roundHalfToEven((resized.height - input.height) / 2),
    input,
  }
}

/** torchvision cuts the long side to whole pixels. */
function scaleShortSide({ width, height }: Size, side: number): Size {
  return width <= height
    ? { width: side, height: Math.floor((side * height) / width) }
    : { width: Math.floor((side * width) / height), height: side }
}
