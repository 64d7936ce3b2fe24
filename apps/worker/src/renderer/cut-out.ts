import { buffer } from 'node:stream/consumers'
import { isLocated } from '@lupa/core/formats/detections'
import type { PredictedJob } from '@lupa/core/formats/predicted-job'
import { MAX_CROPS } from '@lupa/core/renders/render-order'
import { ZipFile } from 'yazl'
import { encode } from './encode.ts'
import { ofPixels, type Pixels } from './open-image.ts'
import { type LocatedRegion, regionsOf } from './regions.ts'

/** A ZIP with a picture of each detection, the surest first, and `manifest.json`, which says what each is. */
export async function cutOut(pixels: Pixels, job: PredictedJob): Promise<Uint8Array> {
  const all = regionsOf(job, pixels)
  const zip = new ZipFile()
  const chunks = buffer(zip.outputStream)
  const crops = []
  for (const [index, located] of all.slice(0, MAX_CROPS).entries()) {
    const crop = describe(located, index)
    zip.addBuffer(
      Buffer.from(await encode(ofPixels(pixels).extract(located.region), 'jpeg')),
      crop.file,
      STORED,
    )
    crops.push(crop)
  }
  const manifest = {
    job_id: job.id,
    image_name: job.image_name,
    model: `${job.model.name}@${job.model.version}`,
    detections: job.predictions.filter(isLocated).length,
    crops,
  }
  zip.addBuffer(Buffer.from(JSON.stringify(manifest, null, 2)), 'manifest.json', { mtime: EPOCH })
  zip.end()
  return chunks
}

/** The same picture makes the same archive. */
const EPOCH = new Date(1980, 0, 1)
/** A JPEG is not made smaller by squeezing it again. */
const STORED = { compress: false, mtime: EPOCH }

function describe({ item, region }: LocatedRegion, index: number) {
  const { name, confidence, box } = item
  const file = `${toFileName(name)}-${index + 1}-${confidence.toFixed(2)}.jpg`
  return { file, name, class: item.class, confidence, box, region }
}

/** A class may be called anything; a file must not lead out of its folder. */
function toFileName(name: string): string {
  const plain = name
    .toWellFormed()
    .replace(/[^\p{L}\p{N}_. -]/gu, '_')
    .replace(/^[. ]+|[. ]+$/g, '')
  return plain.slice(0, 60) || 'class'
}
