import sharp from 'sharp'
import { expect, test } from 'vitest'
import { varyPicture } from './vary-picture.ts'

const noise = { type: 'gaussian', mean: 120, sigma: 60 } as const
const picture = await sharp({ create: { width: 200, height: 100, channels: 3, background: 'grey', noise } })
  .jpeg()
  .toBuffer()

test('variant 0 is the picture itself', async () => {
  expect(await varyPicture(picture, 0)).toBe(picture)
})

test('a variant is the same always, a part of the picture, and differs from the others', async () => {
  const variants = await Promise.all([1, 2, 3, 4, 5, 6].map((variant) => varyPicture(picture, variant)))
  expect(new Set(variants.map((bytes) => Buffer.from(bytes).toString('base64'))).size).toBe(6)
  expect(await varyPicture(picture, 3)).toEqual(variants[2])
  for (const bytes of variants) {
    const { width, height } = await sharp(bytes).metadata()
    expect(width).toBeGreaterThanOrEqual(100)
    expect(width).toBeLessThan(200)
    expect(Math.abs(width / height - 2)).toBeLessThan(0.05)
  }
})

test('a picture is turned first, and may have alpha, one pixel or one channel', async () => {
  const turned = await sharp(picture).withMetadata({ orientation: 6 }).toBuffer()
  const { width, height } = await sharp(await varyPicture(turned, 1)).metadata()
  expect(height).toBeGreaterThan(width)
  const tiny = await sharp({ create: { width: 1, height: 1, channels: 4, background: '#ff000080' } })
    .png()
    .toBuffer()
  expect(await sharp(await varyPicture(tiny, 2)).metadata()).toMatchObject({ width: 1, height: 1 })
  const grey = await sharp(picture).toColourspace('b-w').png().toBuffer()
  expect((await sharp(await varyPicture(grey, 1)).metadata()).width).toBeGreaterThan(99)
})
