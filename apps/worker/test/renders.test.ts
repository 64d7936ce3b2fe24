import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job } from '@lupa/core/domain/job'
import { FORMATS, formatsOf } from '@lupa/core/formats/formats'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lupa, post, startLupa } from '../../../test/end-to-end/lupa.ts'
import { hasSharedAssets, modelPath, readPicture } from './shared-assets.ts'
import { unzip } from './unzip.ts'

const SEEN = [
  { task: 'detect', model: 'coco-detect', picture: 'bus-exif6.jpg' },
  { task: 'segment', model: 'shapes-segment', picture: 'shapes-wide.jpg' },
  { task: 'pose', model: 'shapes-pose', picture: 'shapes-wide.jpg' },
  { task: 'obb', model: 'shapes-obb', picture: 'shapes-wide.jpg' },
  { task: 'classify', model: 'leaves-classify', picture: 'bus.jpg' },
] as const

/** Where to leave the pictures that are made, for people to look at. */
const KEPT = process.env.LUPA_TEST_RENDERS

describe.skipIf(!hasSharedAssets)('pictures of what real models see', { timeout: 120_000 }, () => {
  let lupa: Lupa
  let models: string

  beforeAll(async () => {
    models = mkdtempSync(join(tmpdir(), 'lupa-models-'))
    for (const { model } of SEEN) {
      mkdirSync(join(models, model, '1'), { recursive: true })
      cpSync(modelPath(model), join(models, model, '1', 'model.onnx'))
    }
    lupa = await startLupa({ MODELS_DIR: models, DEFAULT_MODEL: 'coco-detect' })
  })
  afterAll(async () => {
    await lupa[Symbol.asyncDispose]()
    rmSync(models, { recursive: true })
  })

  async function predicted(model: string, name: string): Promise<Job> {
    const { body } = await post(`${lupa.url}/v1/jobs`, readPicture(name), {
      name,
      headers: { prefer: 'wait=30' },
      fields: { model },
    })
    return body
  }

  /** Asks until it is made. */
  async function read(path: string): Promise<Response & { bytes: Buffer }> {
    for (;;) {
      const answer = await fetch(`${lupa.url}${path}`)
      const bytes = Buffer.from(await answer.arrayBuffer())
      if (answer.status !== 202) return Object.assign(answer, { bytes })
    }
  }

  test.each(SEEN)('$task: every format, and the image with it drawn', async ({ task, model, picture }) => {
    const job = await predicted(model, picture)
    expect(job.predictions?.length).toBeGreaterThan(0)
    for (const format of formatsOf(task)) {
      const answer = await read(`${job.links.self}?format=${format}`)
      expect([format, answer.status, answer.headers.get('content-type')]).toEqual([
        format,
        200,
        expect.stringContaining(FORMATS[format].mediaType),
      ])
    }

    const { bytes, status, headers } = await read(`${job.links.annotated}?format=png`)
    expect([status, headers.get('content-type')]).toEqual([200, 'image/png'])
    if (KEPT) writeFileSync(join(KEPT, `${task}.png`), bytes)
    const made = await sharp(bytes).metadata()
    expect([made.width, made.height, made.exif]).toEqual([job.image.width, job.image.height, undefined])
    const plain = await sharp(readPicture(picture), { autoOrient: true }).removeAlpha().raw().toBuffer()
    const drawn = await sharp(bytes).removeAlpha().raw().toBuffer()
    const changed = plain.reduce(
      (count, value, at) => count + (Math.abs(value - (drawn[at] ?? 0)) > 40 ? 1 : 0),
      0,
    )
    expect(changed / plain.length).toBeGreaterThan(0.001)
    expect(changed / plain.length).toBeLessThan(0.5)
  })

  test('the drawing comes as every kind of picture', async () => {
    const { links } = await predicted('coco-detect', 'bus.jpg')
    for (const format of ['jpeg', 'webp', 'svg']) {
      const { bytes } = await read(`${links.annotated}?format=${format}&max_side=320`)
      expect((await sharp(bytes).metadata()).format).toBe(format)
      if (KEPT) writeFileSync(join(KEPT, `bus-320.${format}`), bytes)
    }
  })

  test('a person is cut out, and made unknowable', async () => {
    const job = await predicted('coco-detect', 'zidane.jpg')
    const crops = await unzip((await read(`${job.links.self}/crops?classes=person`)).bytes)
    const names = [...crops.keys()]
    expect(names.filter((name) => /^person-\d-0\.\d\d\.jpg$/.test(name))).toHaveLength(2)
    const redacted = await read(`${job.links.self}/redacted?classes=person&format=png`)
    const { width, height } = await sharp(redacted.bytes).metadata()
    expect([width, height]).toEqual([job.image.width, job.image.height])
    if (KEPT) writeFileSync(join(KEPT, 'redacted.png'), redacted.bytes)

    const again = await post(`${lupa.url}/v1/jobs`, redacted.bytes, {
      name: 'redacted.png',
      headers: { prefer: 'wait=30' },
      fields: { model: 'coco-detect', classes: 'person' },
    })
    expect((again.body as Job).predictions?.filter(({ confidence }) => confidence > 0.5)).toEqual([])
  })

  test('what was made goes with the job', async () => {
    const job = await predicted('coco-detect', 'bus.jpg')
    expect((await read(job.links.annotated)).status).toBe(200)
    expect((await fetch(`${lupa.url}${job.links.self}`, { method: 'DELETE' })).status).toBe(204)
    expect((await read(job.links.annotated)).status).toBe(404)
  })
})
