import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { readImageHeader } from './image-header.ts'

const picture = (width = 61, height = 43) =>
  sharp({ create: { width, height, channels: 3, background: 'teal' } })

const FORMATS = {
  jpeg: () => picture().jpeg(),
  png: () => picture().png(),
  webp: () => picture().webp(),
  avif: () => picture().avif({ effort: 0 }),
  tiff: () => picture().tiff(),
  gif: () => picture().gif(),
} as const

describe.each(Object.entries(FORMATS))('%s', (format, make) => {
  test('is known by its content, with its size', async () => {
    expect(readImageHeader(await make().toBuffer())).toEqual({ format, width: 61, height: 43 })
  })

  test('is never more than refused, wherever it is cut', async () => {
    const bytes = await make().toBuffer()
    for (let length = 12; length < Math.min(bytes.length, 600); length++) {
      expectDecision(bytes.subarray(0, length))
    }
  })

  test('is never more than refused, whatever is changed in it', async () => {
    const bytes = await make().toBuffer()
    const change = fc.tuple(
      fc.nat({ max: Math.min(bytes.length, 400) - 1 }),
      fc.integer({ min: 0, max: 255 }),
    )
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const changed = Buffer.from(bytes)
        for (const [at, value] of changes) changed[at] = value
        expectDecision(changed)
      }),
    )
  })
})

test.each([
  ['progressive JPEG', () => picture().jpeg({ progressive: true })],
  ['grey JPEG', () => picture().greyscale().jpeg()],
  ['lossless WebP', () => picture().webp({ lossless: true })],
  ['WebP with alpha', () => picture().ensureAlpha(0.5).webp()],
  ['16-bit PNG', () => picture().toColourspace('rgb16').png()],
  ['BigTIFF', () => picture().tiff({ bigtiff: true })],
  ['tiled TIFF', () => picture().tiff({ tile: true })],
])('%s has its size read', async (_what, make) => {
  expect(readImageHeader(await make().toBuffer())).toMatchObject({ width: 61, height: 43 })
})

describe.each([1, 3, 5, 6, 7, 8])('EXIF orientation %i', (orientation) => {
  const seen = orientation >= 5 ? { width: 43, height: 61 } : { width: 61, height: 43 }
  test.each(['jpeg', 'tiff'] as const)('of a %s gives the size as a person sees it', async (format) => {
    const bytes = await FORMATS[format]().withMetadata({ orientation }).toBuffer()
    expect(readImageHeader(bytes)).toMatchObject(seen)
  })
})

test('a JPEG is read behind a large ICC profile, comments and padding', async () => {
  const bytes = await picture().jpeg().toBuffer()
  const comment = Buffer.concat([
    Buffer.from([0xff, 0xff, 0xff, 0xfe, 0xff, 0xff]),
    Buffer.alloc(0xfffd, 0xff),
  ])
  const long = Buffer.concat([bytes.subarray(0, 2), comment, comment, comment, bytes.subarray(2)])
  expect(readImageHeader(long)).toEqual({ format: 'jpeg', width: 61, height: 43 })
})

test('twenty megabytes made to be slow are decided on in a moment', () => {
  const size = 20 * 1024 * 1024
  const ispe = Buffer.from('\0\0\0\x14ispe\0\0\0\0\0\0\0\x01\0\0\0\x01', 'latin1')
  const box = (type: string, body: Buffer) => {
    const head = Buffer.alloc(8)
    head.writeUInt32BE(8 + body.length)
    head.write(type, 4)
    return Buffer.concat([head, body])
  }
  const boxes = box('ipco', Buffer.alloc(size, ispe))
  const hostile = {
    zeros: Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(size)]),
    markers: Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(size, Buffer.from([0x01, 0xff]))]),
    fill: Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(size, 0xff)]),
    boxes: Buffer.concat([
      box('ftyp', Buffer.from('avif\0\0\0\0avif')),
      box('meta', Buffer.concat([Buffer.alloc(4), box('iprp', boxes)])),
    ]),
    directory: Buffer.concat([Buffer.from('II*\0\x08\0\0\0\xff\xff', 'latin1'), Buffer.alloc(size, 1)]),
  }
  for (const bytes of Object.values(hostile)) {
    // Time of the processor, not of the wall: whatever else runs on the machine does not count.
    const began = process.cpuUsage()
    expectDecision(bytes)
    // A few passes over the bytes; what made this test took 3,800.
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(1000)
  }
})

/** A header, or a refusal of ours: nothing else may come of any bytes. */
function expectDecision(bytes: Buffer): void {
  try {
    const { width, height } = readImageHeader(bytes)
    expect(width).toBeGreaterThan(0)
    expect(height).toBeGreaterThan(0)
  } catch (error) {
    expect((error as { code?: string }).code).toMatch(/^(image_unreadable|unsupported_image_type)$/)
  }
}

describe('a JPEG of many scans', () => {
  /** Whole, but that what its scans hold is of no picture. */
  async function ofScans(count: number): Promise<Buffer> {
    const jpeg = await picture().jpeg({ progressive: true }).toBuffer()
    const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]))
    const again = Buffer.concat([jpeg.subarray(scan, scan + 12), Buffer.from([1, 0xff, 0, 0xff, 0xd0, 2])])
    const end = Buffer.from([0xff, 0xd9])
    return Buffer.concat([jpeg.subarray(0, scan), ...Array.from({ length: count }, () => again), end])
  }

  test('is refused where an honest one is not', async () => {
    expect(readImageHeader(await ofScans(50))).toMatchObject({ width: 61 })
    const many = await ofScans(51)
    expect(() => readImageHeader(many)).toThrow('more than 50 scans')
  })

  test('is one picture: what is behind its end does not count', async () => {
    const two = Buffer.concat([await ofScans(30), await ofScans(30)])
    expect(readImageHeader(two)).toMatchObject({ width: 61 })
  })
})

test('a JPEG of nothing but fill bytes is given up soon', async () => {
  const jpeg = await picture().jpeg().toBuffer()
  const filled = Buffer.concat([jpeg.subarray(0, 2), Buffer.alloc(70_000, 0xff), jpeg.subarray(2)])
  expect(() => readImageHeader(filled)).toThrow('holds no size')
})
