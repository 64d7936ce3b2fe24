import type { Size } from '../domain/size.ts'
import {
  boundsOf,
  type Corner,
  cornersOf,
  isLocated,
  isMasked,
  isOriented,
  isPosed,
  isSegmented,
  type Located,
} from './detections.ts'
import { keypointsOf } from './keypoints.ts'
import type { PredictedJob } from './predicted-job.ts'
import { type Ring, ringsOf, signedAreaOf } from './rings.ts'

type Position = [number, number]

export type GeojsonGeometry =
  | { type: 'Polygon'; coordinates: Position[][] }
  | { type: 'MultiPolygon'; coordinates: Position[][][] }
  | { type: 'MultiPoint'; coordinates: Position[] }

export interface GeojsonFeature {
  type: 'Feature'
  id: number
  geometry: GeojsonGeometry
  properties: {
    /** Which detection of the job, from 0: of a pose there are two features. */
    detection: number
    kind: 'box' | 'mask' | 'rotated box' | 'keypoints'
    class: number
    name: string
    confidence: number
    visible?: (number | null)[]
  }
}

/**
 * RFC 7946, but for the coordinates: they are pixels of the image, with x to the right and y down, as
 * QuPath and others have it. Nothing is said of places on the Earth.
 */
export function toGeojson(job: PredictedJob): string {
  const features = job.predictions.filter(isLocated).flatMap((item, at) => featuresOf(item, at, job.image))
  return JSON.stringify({
    type: 'FeatureCollection',
    features: features.map((feature, id) => ({ type: 'Feature', id, ...feature })),
    coordinates: 'pixels of the image: x to the right, y down, from its top left corner',
    image: { name: job.image_name, width: job.image.width, height: job.image.height },
    job_id: job.id,
  })
}

type Part = Omit<GeojsonFeature, 'type' | 'id'>

function featuresOf(item: Located, detection: number, image: Size): Part[] {
  const about = { detection, class: item.class, name: item.name, confidence: item.confidence }
  const outline: Part = { geometry: outlineOf(item, image), properties: { ...about, kind: kindOf(item) } }
  if (!isPosed(item)) return [outline]
  const keypoints = keypointsOf(item)
  const pose: Part = {
    geometry: { type: 'MultiPoint', coordinates: keypoints.map(positionOf) },
    properties: { ...about, kind: 'keypoints', visible: keypoints.map(({ visible }) => visible) },
  }
  return [outline, pose]
}

function kindOf(item: Located): GeojsonFeature['properties']['kind'] {
  if (isOriented(item)) return 'rotated box'
  return isSegmented(item) || isMasked(item) ? 'mask' : 'box'
}

function outlineOf(item: Located, image: Size): GeojsonGeometry {
  if (isOriented(item)) return { type: 'Polygon', coordinates: [closed(cornersOf(item))] }
  const rings = isSegmented(item) || isMasked(item) ? ringsOf(item) : []
  if (rings.length > 1) return { type: 'MultiPolygon', coordinates: rings.map((ring) => [closed(ring)]) }
  const [ring = rectangleOf(item, image)] = rings
  return { type: 'Polygon', coordinates: [closed(ring)] }
}

function rectangleOf(item: Located, image: Size): Ring {
  const { x1, y1, x2, y2 } = boundsOf(item, image)
  return [
    { x: x1, y: y1 },
    { x: x2, y: y1 },
    { x: x2, y: y2 },
    { x: x1, y: y2 },
  ]
}

/** Ends where it began, and goes counterclockwise as readers reckon, to whom y goes up. */
function closed(ring: Ring): Position[] {
  const turned = signedAreaOf(ring) < 0 ? ring.toReversed() : ring
  const positions = turned.map(positionOf)
  return [...positions, ...positions.slice(0, 1)]
}

const positionOf = ({ x, y }: Corner): Position => [x, y]
