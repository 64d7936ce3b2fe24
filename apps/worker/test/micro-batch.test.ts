import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { colourClassifier } from '../../../packages/core/test/models/runnable-onnx.ts'
import { startWorkerFleet } from './worker-fleet.ts'

const COLOURS = ['red', 'green', 'blue']

test('a worker computes jobs together that wait for one model, and each has its own answer and knows of how many', async () => {
  const models = mkdtempSync(join(tmpdir(), 'lupa-test-batch-'))
  try {
    writeColourModel(join(models, 'colours', '1'))
    const { name, version, task, digest } = await createFolderModelCatalog({ directory: models }).resolve(
      'colours',
    )
    await using fleet = await startWorkerFleet()
    const jobs = await Promise.all(
      Array.from({ length: 24 }, async (_, at) => {
        const colour = COLOURS[at % COLOURS.length] ?? ''
        const model = { name, version, task, digest }
        return { colour, record: await fleet.accept(await pictureOf(colour), { model }) }
      }),
    )
    await fleet.startWorker({ MODELS_DIR: models, DEFAULT_MODEL: name, MICRO_BATCH: '4' })
    const records = jobs.map(({ record }) => record)
    await expect.poll(() => fleet.statuses(records), { timeout: 15_000 }).toEqual({ succeeded: jobs.length })

    const ended = await Promise.all(records.map(({ id }) => fleet.get(id)))
    expect(ended.map(({ prediction }) => prediction)).toEqual(jobs.map(({ colour }) => colour))
    const sizes = ended.map(({ timings }) => timings.batch_size ?? 0)
    expect(Math.max(...sizes)).toBeGreaterThan(1)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4)
  } finally {
    rmSync(models, { recursive: true })
  }
})

function writeColourModel(folder: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'model.onnx'), colourClassifier({ shape: ['batch', 3, 32, 32] }))
  const manifest = { task: 'classify', names: COLOURS, imgsz: 32 }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
}

/** Slow to decode, beside what the model takes, so that some wait while others are computed. */
const pictureOf = (background: string) =>
  sharp({ create: { width: 1200, height: 1200, channels: 3, background } })
    .png({ compressionLevel: 1 })
    .toBuffer()
