import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { Detection } from '@lupa/core/domain/prediction'
import sharp, { type Sharp } from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { restrictSharp } from '../src/inference/decode-image.ts'
import { type LoadedModel, loadModel } from '../src/inference/load-model.ts'
import { predictImage } from '../src/inference/predict-image.ts'
import { hasSharedAssets, readPicture, readSharedModel } from './shared-assets.ts'
import { toYcckJpeg } from './ycck-jpeg.ts'

const jpeg = () => readPicture('bus.jpg')
const bus = () => sharp(jpeg())

describe.skipIf(!hasSharedAssets)('an image', () => {
  let detector: LoadedModel
  let classifier: LoadedModel

  beforeAll(async () => {
    restrictSharp()
    detector = await loadModel(await readSharedModel('coco-detect'), { threads: 1 })
    classifier = await loadModel(await readSharedModel('leaves-classify'), { threads: 1 })
  })

  const detect = async (bytes: Uint8Array) => {
    const { view, image } = await predictImage(bytes, detector, { ...DEFAULT_PARAMS, conf: 0.5 })
    return { image, detections: view.predictions as Detection[] }
  }

  const bytesOf = (made: Sharp | Promise<Buffer>) => ('toBuffer' in made ? made.toBuffer() : made)

  describe('of any format that is taken', () => {
    const formats: [string, () => Sharp | Promise<Buffer>][] = [
      ['a progressive JPEG', () => bus().jpeg({ progressive: true })],
      ['a grey JPEG', () => bus().greyscale().jpeg()],
      ['a CMYK JPEG', () => bus().toColourspace('cmyk').jpeg()],
      ['a YCCK JPEG', () => toYcckJpeg(bus())],
      ['a PNG', () => bus().png({ compressionLevel: 1 })],
      ['a PNG with alpha', () => bus().ensureAlpha(0.3).png({ compressionLevel: 1 })],
      ['a grey PNG with alpha', () => bus().greyscale().ensureAlpha(0.3).png({ compressionLevel: 1 })],
      ['a 16-bit PNG', () => bus().toColourspace('rgb16').png({ compressionLevel: 1 })],
      ['a 16-bit grey PNG', () => bus().toColourspace('grey16').png({ compressionLevel: 1 })],
      ['a PNG with a palette', () => bus().png({ palette: true, compressionLevel: 1, effort: 1 })],
      ['a WebP', () => bus().webp({ effort: 0 })],
      ['an AVIF', () => bus().avif({ effort: 0 })],
      ['a TIFF', () => bus().tiff()],
      ['a GIF', () => bus().gif({ effort: 1 })],
    ]

    test.each(formats)('as %s shows what it showed before', async (_format, convert) => {
      const { image, detections } = await detect(await bytesOf(convert()))
      expect(image).toEqual({ width: 810, height: 1080 })
      expect(detections.map(({ name }) => name).toSorted()).toEqual(['bus', 'person', 'person', 'person'])
    })

    test('of which the transparent parts count as they are, not as they look', async () => {
      const hidden = await bus().ensureAlpha(0).png({ compressionLevel: 1 }).toBuffer()
      const seen = await bus().png({ compressionLevel: 1 }).toBuffer()
      expect(await detect(hidden)).toEqual(await detect(seen))
    })

    test('of which only the first page counts', async () => {
      const frames = [bus(), bus().negate()].map((frame) => frame.resize(400).png().toBuffer())
      const animation = await sharp(await Promise.all(frames), { join: { animated: true } })
        .gif()
        .toBuffer()
      const first = await sharp(animation, { page: 0 }).png().toBuffer()
      expect(await detect(animation)).toEqual(await detect(first))
    })

    test('of more pixels than are decoded as a whole shows what it showed before', async () => {
      const large = await bus().resize(3600, 4800).png({ compressionLevel: 0 }).toBuffer()
      const { image, detections } = await detect(large)
      expect(image).toEqual({ width: 3600, height: 4800 })
      expect(detections.map(({ name }) => name).toSorted()).toEqual(['bus', 'person', 'person', 'person'])
    })

    test('of one pixel, or of a single row, is still an image', async () => {
      for (const [width, height] of [
        [1, 1],
        [5000, 1],
        [1, 3000],
      ] as const) {
        const bytes = await sharp({ create: { width, height, channels: 3, background: 'red' } })
          .png()
          .toBuffer()
        expect(await detect(bytes)).toMatchObject({ image: { width, height } })
        expect((await predictImage(bytes, classifier, DEFAULT_PARAMS)).view.predictions).toHaveLength(5)
      }
    })
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'with EXIF orientation %i is seen as a person sees it',
    async (orientation) => {
      const upright = await detect(await bus().png({ compressionLevel: 1 }).toBuffer())
      const turned = await detect(await withOrientation(bus(), orientation))
      expect(turned.image).toEqual(upright.image)
      expect(turned.detections.map(({ name }) => name)).toEqual(upright.detections.map(({ name }) => name))
      turned.detections.forEach(({ box }, at) => {
        const expected = upright.detections[at]?.box ?? { x1: 0, y1: 0, x2: 0, y2: 0 }
        for (const side of ['x1', 'y1', 'x2', 'y2'] as const)
          expect(Math.abs(box[side] - expected[side])).toBeLessThan(1)
      })
    },
  )

  describe('that cannot be decoded', () => {
    const refused: [string, () => Uint8Array | Promise<Uint8Array>, RegExp][] = [
      [
        'a JPEG cut in the middle',
        () => jpeg().subarray(0, 60_000),
        /JPEG image, but it is damaged or ends early \(.+\)\. .*save it anew/,
      ],
      ['a JPEG cut in its header', () => jpeg().subarray(0, 100), /no JPEG, PNG, .* that can be read \(.+\)/],
      [
        'a PNG cut in the middle',
        () => readPicture('bus-gray.png').subarray(0, 200_000),
        /PNG image, but it is damaged or ends early/,
      ],
      [
        'a WebP cut in the middle',
        () => readPicture('bus.webp').subarray(0, 100_000),
        /WEBP image, but it is damaged or ends early|no JPEG/,
      ],
      [
        'an SVG',
        () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
        /no JPEG, PNG, WebP, AVIF, TIFF or GIF/,
      ],
      ['text', () => Buffer.from('hello'), /no JPEG, PNG, WebP, AVIF, TIFF or GIF/],
      ['nothing', () => Buffer.alloc(0), /no JPEG, PNG, WebP, AVIF, TIFF or GIF/],
    ]
    test.each(refused)(
      'as %s is unreadable, which another try does not change',
      async (_what, bytes, message) => {
        await expect(predictImage(await bytes(), detector, DEFAULT_PARAMS)).rejects.toMatchObject({
          code: 'image_unreadable',
          retryable: false,
          message: expect.stringMatching(message),
        })
      },
    )

    test('has too many pixels when its header says so, and is not decoded', async () => {
      const large = await sharp({ create: { width: 8000, height: 7000, channels: 3, background: 'red' } })
        .png({ compressionLevel: 1 })
        .toBuffer()
      const startMs = performance.now()
      await expect(predictImage(large, detector, DEFAULT_PARAMS)).rejects.toMatchObject({
        code: 'image_too_many_pixels',
        message: 'The image has more than 50 megapixels. Send a smaller one.',
      })
      expect(performance.now() - startMs).toBeLessThan(200)
    })
  })

  describe('with harmless flaws is taken', () => {
    test.each([
      ['bytes after its end', (whole: Buffer) => Buffer.concat([whole, Buffer.alloc(500, 7)])],
      [
        'an EXIF block of nonsense',
        (whole: Buffer) =>
          Buffer.concat([
            whole.subarray(0, 2),
            Buffer.from([0xff, 0xe1, 0, 12]),
            Buffer.from('Exif\0\0junk'),
            whole.subarray(2),
          ]),
      ],
      [
        'stray bytes before a marker',
        (whole: Buffer) => Buffer.concat([whole.subarray(0, 20), Buffer.alloc(3), whole.subarray(20)]),
      ],
    ])('such as a JPEG with %s', async (_flaw, spoil) => {
      expect((await detect(spoil(readPicture('bus.jpg')))).detections).toHaveLength(4)
    })
  })
})

/** A JPEG that is stored turned, so that its EXIF orientation turns it upright again. */
async function withOrientation(upright: Sharp, orientation: number): Promise<Buffer> {
  const { data, info } = await upright.removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const isOnItsSide = orientation >= 5
  const width = isOnItsSide ? info.height : info.width
  const height = isOnItsSide ? info.width : info.height
  const stored = Buffer.alloc(data.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [seenX, seenY] = seenAt(orientation, x, y, width - 1, height - 1)
      data.copy(
        stored,
        (y * width + x) * 3,
        (seenY * info.width + seenX) * 3,
        (seenY * info.width + seenX) * 3 + 3,
      )
    }
  }
  return sharp(stored, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .withMetadata({ orientation })
    .toBuffer()
}

/** Where a stored pixel is seen: https://www.exif.org/Exif2-2.PDF, tag Orientation. */
function seenAt(orientation: number, x: number, y: number, right: number, bottom: number): [number, number] {
  switch (orientation) {
    case 2:
      return [right - x, y]
    case 3:
      return [right - x, bottom - y]
    case 4:
      return [x, bottom - y]
    case 5:
      return [y, x]
    case 6:
      return [bottom - y, x]
    case 7:
      return [bottom - y, right - x]
    case 8:
      return [y, right - x]
    default:
      return [x, y]
  }
}
