import type { Size } from '@lupa/core/domain/size'
import {
  boundsOf,
  cornersOf,
  isLocated,
  isOriented,
  isSegmented,
  type Located,
} from '@lupa/core/formats/detections'
import type { PredictedJob } from '@lupa/core/formats/predicted-job'
import { pointsOf, ringsOf } from '@lupa/core/formats/rings'

/** Whole pixels of a picture. */
export interface Region extends Size {
  left: number
  top: number
}

export interface LocatedRegion {
  item: Located
  region: Region
}

/**
 * Where the detections are in a picture of the image, which may be smaller than the image; each a little
 * larger by `margin`, in parts of its own size. Those without a pixel are left out.
 */
export function regionsOf({ predictions, image }: PredictedJob, picture: Size, margin = 0): LocatedRegion[] {
  const scaleX = picture.width / image.width
  const scaleY = picture.height / image.height
  return predictions.filter(isLocated).flatMap((item) => {
    const { x1, y1, x2, y2 } = boundsOf(item, image)
    const [moreX, moreY] = [(x2 - x1) * margin, (y2 - y1) * margin]
    const left = Math.max(0, Math.floor((x1 - moreX) * scaleX))
    const top = Math.max(0, Math.floor((y1 - moreY) * scaleY))
    const right = Math.min(picture.width, Math.ceil((x2 + moreX) * scaleX))
    const bottom = Math.min(picture.height, Math.ceil((y2 + moreY) * scaleY))
    const region = { left, top, width: right - left, height: bottom - top }
    return region.width > 0 && region.height > 0 ? { item, region } : []
  })
}

/** The outlines of what is not a box, in pixels of the image; undefined: its box is all there is. */
export function outlinesOf(item: Located) {
  if (isOriented(item)) return [cornersOf(item)]
  if (!isSegmented(item)) return undefined
  const rings = ringsOf(item)
  return rings.length > 0 ? rings : [pointsOf(item)]
}
