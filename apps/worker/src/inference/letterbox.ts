import type { Box } from '@lupa/core/domain/prediction'
import type { Size } from '@lupa/core/domain/view-prediction'

/** How an image is scaled and padded to fit the model's input. */
export interface Letterbox {
  scale: number
  padLeft: number
  padTop: number
  /** The image after scaling, before padding. */
  resized: Size
  /** The input of the model: scaled and padded. */
  input: Size
}

/** Ultralytics' LetterBox: https://github.com/ultralytics/ultralytics/blob/v8.4.0/ultralytics/data/augment.py */
export function fitLetterbox(image: Size, model: Size): Letterbox {
  const { scale, resized } = scaleInto(image, model)
  return {
    scale,
    resized,
    input: model,
    padLeft: padBefore(model.width - resized.width),
    padTop: padBefore(model.height - resized.height),
  }
}

/** The same for a model that takes any size: padded to the next multiple of its stride only. */
export function fitRectangle(image: Size, model: Size, stride: number): Letterbox {
  const { resized } = scaleInto(image, model)
  return fitLetterbox(image, {
    width: Math.min(nextMultiple(resized.width, stride), model.width),
    height: Math.min(nextMultiple(resized.height, stride), model.height),
  })
}

/** The inverse of fitLetterbox: model pixels back to image pixels. Not clipped to the image. */
export function toImageBox(boxInModel: Box, { scale, padLeft, padTop }: Letterbox): Box {
  return {
    x1: (boxInModel.x1 - padLeft) / scale,
    y1: (boxInModel.y1 - padTop) / scale,
    x2: (boxInModel.x2 - padLeft) / scale,
    y2: (boxInModel.y2 - padTop) / scale,
  }
}

function scaleInto(image: Size, model: Size) {
  const scale = Math.min(model.width / image.width, model.height / image.height)
  const resized = {
    width: Math.max(1, roundHalfToEven(image.width * scale)),
    height: Math.max(1, roundHalfToEven(image.height * scale)),
  }
  return { scale, resized }
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
