import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import sharp, { type JpegOptions, type Sharp } from 'sharp'
import { describe, expect, test } from 'vitest'
import { decodeJpeg } from './decode-jpeg.ts'

/** Made by Pillow, which has what libvips has not: `Image.crop(…).save(…, quality=70, subsampling=…, restart_marker_…)`. */
const MADE_ELSEWHERE = JSON.parse(
  readFileSync(new URL('../../test/golden/jpegs.json', import.meta.url), 'utf8'),
) as Record<string, string>

const plain = (bytes: Uint8Array) => decodeJpeg(bytes, () => true)

async function byLibvips(bytes: Uint8Array) {
  const { data, info } = await sharp(bytes, { failOn: 'error', ignoreIcc: true }).raw().toBuffer({
    resolveWithObject: true,
  })
  return { width: info.width, height: info.height, rgb: data }
}

/** Not of one colour, and not smooth. */
function pixelsOf({ width, height, seed }: { width: number; height: number; seed: number }) {
  const pixels = Buffer.alloc(width * height * 3)
  for (let at = 0; at < pixels.length; at++) pixels[at] = ((at * seed) >> 3) ^ ((at % (width * 3)) >> 2)
  return sharp(pixels, { raw: { width, height, channels: 3 } })
}

const jpegOf = (size: { width: number; height: number; seed: number }, options: JpegOptions = {}) =>
  pixelsOf(size).jpeg(options).toBuffer()

const sizes = fc.record({
  width: fc.integer({ min: 16, max: 100 }),
  height: fc.integer({ min: 16, max: 70 }),
  seed: fc.integer({ min: 1, max: 1000 }),
})

async function expectSame(bytes: Uint8Array): Promise<void> {
  const raster = plain(bytes)
  const { width, height, rgb } = await byLibvips(bytes)
  expect(raster).toMatchObject({ width, height })
  expect(Buffer.compare(raster?.rgb as Uint8Array, rgb)).toBe(0)
}

describe('a plain JPEG is decoded to the bit as libvips does,', () => {
  test('whatever its size, its quality and how its colours are kept', async () => {
    const options = fc.record({
      quality: fc.integer({ min: 1, max: 100 }),
      chromaSubsampling: fc.constantFrom('4:4:4', '4:2:0'),
      optimiseCoding: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(sizes, options, async (size, how) => expectSame(await jpegOf(size, how))),
      { numRuns: 60 },
    )
  })

  test.each(Object.keys(MADE_ELSEWHERE))('with %s', async (name) => {
    await expectSame(Buffer.from(MADE_ELSEWHERE[name] as string, 'base64'))
  })

  test('with comments, profiles and an orientation that is none', async () => {
    const picture = pixelsOf({ width: 40, height: 30, seed: 7 })
    await expectSame(await picture.clone().withMetadata({ orientation: 1 }).jpeg().toBuffer())
    await expectSame(await picture.clone().withIccProfile('p3').jpeg().toBuffer())
  })

  test('one after the other, larger and smaller', async () => {
    for (const width of [300, 20, 500, 64]) await expectSame(await jpegOf({ width, height: 64, seed: 5 }))
  })
})

describe('to libvips is left', () => {
  const size = { width: 64, height: 48, seed: 3 }
  const made = (make: (picture: Sharp) => Sharp) => make(pixelsOf(size)).toBuffer()

  test.each([
    ['one in several scans', made((picture) => picture.jpeg({ progressive: true }))],
    ['a grey one', made((picture) => picture.toColourspace('b-w').jpeg())],
    ['one for printers', made((picture) => picture.toColourspace('cmyk').jpeg())],
    ['one to be turned', made((picture) => picture.withMetadata({ orientation: 6 }).jpeg())],
    ['a tiny one', jpegOf({ ...size, width: 15 })],
    ['a large one', jpegOf({ width: 2000, height: 1100, seed: 1 })],
    ['what is no JPEG', made((picture) => picture.png())],
    ['nothing', Promise.resolve(Buffer.alloc(0))],
  ])('%s', async (_what, bytes) => {
    expect(plain(await bytes)).toBeUndefined()
  })

  test('one whose size is not wanted, which is asked before it is decoded', async () => {
    const asked: unknown[] = []
    const bytes = (await jpegOf(size)).subarray(0, 700)
    decodeJpeg(bytes, ({ width, height }) => asked.push({ width, height }) === 0)
    expect(asked).toEqual([{ width: 64, height: 48 }])
  })

  test('one that ends early, wherever that is', async () => {
    const bytes = await jpegOf(size)
    for (let end = 0; end < bytes.length; end += 3) expect(plain(bytes.subarray(0, end))).toBeUndefined()
    expect(plain(bytes)).toBeDefined()
  })

  test('one that is damaged, unless libvips sees the same picture in it', async () => {
    const corpus = [
      await jpegOf(size),
      await jpegOf(size, { chromaSubsampling: '4:4:4', quality: 97 }),
      ...Object.values(MADE_ELSEWHERE).map((base64) => Buffer.from(base64, 'base64')),
    ]
    let seen = 0
    const damage = fc.record({ at: fc.noBias(fc.nat(1_000_000)), bit: fc.nat(7) })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...corpus), damage, async (whole, { at, bit }) => {
        const bytes = Buffer.from(whole)
        const place = at % bytes.length
        bytes[place] = (bytes[place] as number) ^ (1 << bit)
        if (!plain(bytes)) return
        seen++
        await expectSame(bytes)
      }),
      { numRuns: 500 },
    )
    expect(seen).toBeGreaterThan(20)
  })
})
