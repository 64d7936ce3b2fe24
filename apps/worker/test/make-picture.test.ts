import type { PredictionItem } from '@lupa/core/domain/prediction'
import type { Picture } from '@lupa/core/renders/render-order'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, test } from 'vitest'
import { aPredictedJob, EXAMPLES } from '../../../packages/core/test/formats/predicted-jobs.ts'
import { makePicture } from '../src/renderer/make-picture.ts'
import { unzip } from './unzip.ts'

const LIMITS = { maxImagePixels: 50_000_000 }
const ANNOTATED = {
  kind: 'annotated',
  format: 'png',
  palette: 'distinct',
  labels: 'full',
  lineWidth: 6,
  maxSide: 4096,
} as const satisfies Picture

/** Every pixel another colour: nothing that is left of it can be mistaken. */
async function noise(
  width: number,
  height: number,
  convert = (image: Sharp) => image.png(),
): Promise<Buffer> {
  const data = Buffer.alloc(width * height * 3)
  for (let at = 0; at < data.length; at++) data[at] = (at * 7919 + (at >> 8) * 104_729) % 256
  return convert(sharp(data, { raw: { width, height, channels: 3 } })).toBuffer()
}

async function pixelsOf(bytes: Uint8Array) {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const at = (x: number, y: number) => [
    ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
  ]
  return { at, width: info.width, height: info.height }
}

const detection = (box: { x1: number; y1: number; x2: number; y2: number }): PredictionItem => ({
  name: 'person',
  class: 0,
  confidence: 0.9,
  box,
})

describe('drawn on the image', () => {
  test('a box is where it is, in the colour of its class, and the rest is as it was', async () => {
    const image = await noise(640, 480)
    const [plain, drawn] = [
      await pixelsOf(image),
      await pixelsOf(await makePicture(image, EXAMPLES.detect, ANNOTATED, LIMITS)),
    ]
    expect([drawn.width, drawn.height]).toEqual([640, 480])
    // The left edge of the person, halfway down: #56b4e9.
    expect(drawn.at(10, 120)).toEqual([0x56, 0xb4, 0xe9])
    expect(drawn.at(60, 120)).toEqual(plain.at(60, 120))
    expect(drawn.at(400, 300)).toEqual(plain.at(400, 300))
  })

  test.each(Object.entries(EXAMPLES))('%s is seen', async (_name, job) => {
    const image = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#808080' } })
      .png()
      .toBuffer()
    const drawn = await makePicture(image, job, ANNOTATED, LIMITS)
    const { data } = await sharp(drawn).removeAlpha().raw().toBuffer({ resolveWithObject: true })
    expect(data.filter((value) => value !== 0x80).length).toBeGreaterThan(50)
  })

  test('a label is there without any font on the machine', async () => {
    const image = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#808080' } })
      .png()
      .toBuffer()
    const one = async (name: string) =>
      makePicture(
        image,
        aPredictedJob('detect', [{ ...detection({ x1: 100, y1: 100, x2: 300, y2: 300 }), name }]),
        { ...ANNOTATED, labels: 'name' },
        LIMITS,
      )
    // As wide as each other, so that only the letters differ.
    expect(Buffer.from(await one('naan')).equals(Buffer.from(await one('noon')))).toBe(false)
  })

  test('an image that lies on its side is turned, and what it says of itself is gone', async () => {
    const sideways = await noise(480, 640, (image) =>
      image
        .jpeg()
        .withExif({ IFD0: { Copyright: 'ana' } })
        .withMetadata({ orientation: 6 }),
    )
    const drawn = await sharp(
      await makePicture(sideways, EXAMPLES.detect, { ...ANNOTATED, format: 'jpeg' }, LIMITS),
    ).metadata()
    expect([drawn.width, drawn.height, drawn.exif, drawn.orientation]).toEqual([
      640,
      480,
      undefined,
      undefined,
    ])
  })

  test.each(['jpeg', 'webp', 'png'] as const)('it comes as %s, no larger than asked for', async (format) => {
    const picture = { ...ANNOTATED, format, maxSide: 200 }
    const {
      format: made,
      width,
      height,
    } = await sharp(await makePicture(await noise(640, 480), EXAMPLES.detect, picture, LIMITS)).metadata()
    expect([made, width, height]).toEqual([format, 200, 150])
  })

  test.each([
    ['grey', (image: Sharp) => image.greyscale().png()],
    ['transparent', (image: Sharp) => image.ensureAlpha(0.5).png()],
    ['16-bit', (image: Sharp) => image.toColourspace('rgb16').png()],
    ['CMYK', (image: Sharp) => image.toColourspace('cmyk').jpeg()],
    ['GIF', (image: Sharp) => image.gif()],
    ['AVIF', (image: Sharp) => image.avif({ effort: 0 })],
    ['TIFF', (image: Sharp) => image.tiff()],
  ])('a %s image is drawn on like any other', async (_kind, convert) => {
    const drawn = await pixelsOf(
      await makePicture(await noise(640, 480, convert), EXAMPLES.detect, ANNOTATED, LIMITS),
    )
    expect(drawn.at(10, 120)).toEqual([0x56, 0xb4, 0xe9])
  })

  test('an image that ends early is unreadable', async () => {
    const image = await noise(640, 480)
    await expect(
      makePicture(image.subarray(0, 4000), EXAMPLES.detect, ANNOTATED, LIMITS),
    ).rejects.toMatchObject({
      code: 'image_unreadable',
    })
  })
})

describe('redacted', () => {
  const job = aPredictedJob('detect', [detection({ x1: 100, y1: 100, x2: 300, y2: 260 })])
  const picture = (mode: 'blur' | 'pixelate' | 'fill') =>
    ({ kind: 'redacted', format: 'png', mode, maxSide: 4096 }) as const

  test.each(['blur', 'pixelate', 'fill'] as const)(
    'by %s nothing of a box is left, and all around it is',
    async (mode) => {
      const image = await noise(640, 480)
      const [plain, redacted] = [
        await pixelsOf(image),
        await pixelsOf(await makePicture(image, job, picture(mode), LIMITS)),
      ]
      let same = 0
      const colours = new Set<string>()
      for (let y = 100; y < 260; y++) {
        for (let x = 100; x < 300; x++) {
          const colour = redacted.at(x, y)
          colours.add(colour.join())
          if (colour.join() === plain.at(x, y).join()) same++
        }
      }
      expect(same / (200 * 160)).toBeLessThan(0.001)
      if (mode === 'pixelate') expect(colours.size).toBeLessThanOrEqual(8 * 8)
      if (mode === 'fill') expect([...colours]).toEqual(['0,0,0'])
      // A twentieth more is covered on each side, and nothing else.
      expect(redacted.at(91, 180)).not.toEqual(plain.at(91, 180))
      for (const [x, y] of [
        [88, 180],
        [312, 180],
        [200, 90],
        [200, 270],
      ] as const)
        expect(redacted.at(x, y)).toEqual(plain.at(x, y))
    },
  )

  test('blur leaves as little as pixelate: the picture of its few samples is the same', async () => {
    // Two images that differ in the box by what averages out are the same when redacted.
    const stripes = async (phase: number) => {
      const data = Buffer.alloc(640 * 480 * 3, 128)
      for (let y = 80; y < 280; y++) {
        for (let x = 80; x < 320; x++)
          data.fill((x + phase) % 2 === 0 ? 0 : 255, (y * 640 + x) * 3, (y * 640 + x) * 3 + 3)
      }
      return sharp(data, { raw: { width: 640, height: 480, channels: 3 } })
        .png()
        .toBuffer()
    }
    const [even, odd] = await Promise.all(
      [0, 1].map(async (phase) =>
        pixelsOf(await makePicture(await stripes(phase), job, picture('blur'), LIMITS)),
      ),
    )
    for (let y = 110; y < 250; y += 10) {
      for (let x = 110; x < 290; x += 10) {
        expect(Math.abs((even?.at(x, y)[0] ?? 0) - (odd?.at(x, y)[0] ?? 0))).toBeLessThan(12)
      }
    }
  })
})

describe('cut out', () => {
  const crops = { kind: 'crops', format: 'zip' } as const

  test('each detection is a picture of its box, and the manifest says which', async () => {
    const files = await unzip(
      Buffer.from(await makePicture(await noise(640, 480), EXAMPLES.detect, crops, LIMITS)),
    )
    expect([...files.keys()]).toEqual(['person-1-0.91.jpg', 'cup-2-0.50.jpg', 'manifest.json'])
    const { width, height } = await sharp(files.get('person-1-0.91.jpg')).metadata()
    expect([width, height]).toEqual([100, 200])
    expect(JSON.parse(files.get('manifest.json')?.toString() ?? '')).toMatchObject({
      image_name: 'garrafa.jpg',
      detections: 2,
      crops: [
        {
          file: 'person-1-0.91.jpg',
          name: 'person',
          class: 0,
          confidence: 0.91,
          region: { left: 10, top: 20, width: 100, height: 200 },
        },
        { file: 'cup-2-0.50.jpg' },
      ],
    })
  })

  test('whatever a class is called, its file stays in the folder', async () => {
    const items = ['../../etc/passwd', '..', 'a/b\\c:d', '', '🍾'].map((name) => ({
      ...detection({ x1: 0, y1: 0, x2: 9, y2: 9 }),
      name,
    }))
    const files = await unzip(
      Buffer.from(
        await makePicture(
          await noise(64, 48),
          aPredictedJob('detect', items, { width: 64, height: 48 }),
          crops,
          LIMITS,
        ),
      ),
    )
    expect([...files.keys()].every((name) => /^[^/\\:]+$/.test(name) && !name.startsWith('.'))).toBe(true)
    expect(files.size).toBe(6)
  })

  test('a bounded number of them, and none without a pixel', async () => {
    const many = Array.from({ length: 310 }, (_, at) =>
      detection({ x1: at % 60, y1: 0, x2: (at % 60) + 4, y2: 4 }),
    )
    const job = aPredictedJob('detect', [detection({ x1: 5, y1: 5, x2: 5, y2: 5 }), ...many], {
      width: 64,
      height: 48,
    })
    const files = await unzip(Buffer.from(await makePicture(await noise(64, 48), job, crops, LIMITS)))
    expect(files.size).toBe(301)
  })
})
