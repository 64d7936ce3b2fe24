import type { Box } from './box.ts'
import type { Size } from './size.ts'

/** How an image is scaled and padded to fit the model's input. */
export interface Letterbox {
  /**
   * Pixels of the model per pixel of the image. The two differ as far as the scaled image is rounded to
   * whole pixels: a picture of 5000 × 1 still fills a row.
   */
  scaleX: number
  scaleY: number
  padLeft: number
  padTop: number
  /** The image after scaling, before padding. */
  resized: Size
  /** The input of the model: scaled and padded. */
  input: Size
}

/** Ultralytics' LetterBox: https://github.com/ultralytics/ultralytics/blob/v8.4.0/ultralytics/data/augment.py */
export function fitLetterbox(image: Size, model: Size): Letterbox {
  const resized = resizeInto(image, model)
  return {
    scaleX: resized.width / image.width,
    scaleY: resized.height / image.height,
    resized,
    input: model,
    padLeft: padBefore(model.width - resized.width),
    padTop: padBefore(model.height - resized.height),
  }
}

/** The same for a model that takes any size: padded to the next multiple of its stride only. */
export function fitRectangle(image: Size, model: Size, stride: number): Letterbox {
  const resized = resizeInto(image, model)
  return fitLetterbox(image, {
    width: Math.min(nextMultiple(resized.width, stride), model.width),
    height: Math.min(nextMultiple(resized.height, stride), model.height),
  })
}

/** The inverse of fitLetterbox: model pixels back to image pixels. Not clipped to the image. */
export function toImageBox(boxInModel: Box, letterbox: Letterbox): Box {
  return {
    x1: toImageX(boxInModel.x1, letterbox),
    y1: toImageY(boxInModel.y1, letterbox),
    x2: toImageX(boxInModel.x2, letterbox),
    y2: toImageY(boxInModel.y2, letterbox),
  }
}

export function toImageX(xInModel: number, { padLeft, scaleX }: Letterbox): number {
  return (xInModel - padLeft) / scaleX
}

export function toImageY(yInModel: number, { padTop, scaleY }: Letterbox): number {
  return (yInModel - padTop) / scaleY
}

function resizeInto(image: Size, model: Size): Size {
  const scale = Math.min(model.width / image.width, model.height / image.height)
  return {
    width: Math.max(1, roundHalfToEven(image.width * scale)),
    height: Math.max(1, roundHalfToEven(image.height * scale)),
  }
}

/** An odd pixel of padding goes to the right and the bottom. */
const padBefore = (padding: number) => Math.floor(padding / 2)

const nextMultiple = (pixels: number, stride: number) => Math.ceil(pixels / stride) * stride

/** Python's round(). */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
