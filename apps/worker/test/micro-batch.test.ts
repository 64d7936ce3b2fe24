import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COLOURS, pictureOf, writeColourModel } from './colour-model.ts'
import { startWorkerFleet } from './worker-fleet.ts'

test('a worker computes jobs together that wait for one model, and each has its own answer and knows of how many', async () => {
  const models = mkdtempSync(join(tmpdir(), 'lupa-test-batch-'))
  try {
    const model = await writeColourModel(models, 'colours', { batch: 'batch' })
    await using fleet = await startWorkerFleet()
    const jobs = await Promise.all(
      Array.from({ length: 24 }, async (_, at) => {
        const colour = COLOURS[at % COLOURS.length] ?? ''
        return { colour, record: await fleet.accept(await pictureOf(colour, 1200), { model }) }
      }),
    )
    await fleet.startWorker({ MODELS_DIR: models, DEFAULT_MODEL: 'colours', MICRO_BATCH: '4' })
    const records = jobs.map(({ record }) => record)
    await expect.poll(() => fleet.statuses(records), { timeout: 45_000 }).toEqual({ succeeded: jobs.length })

    const ended = await Promise.all(records.map(({ id }) => fleet.get(id)))
    expect(ended.map(({ prediction }) => prediction)).toEqual(jobs.map(({ colour }) => colour))
    const sizes = ended.map(({ timings }) => timings.batch_size ?? 0)
    expect(Math.max(...sizes)).toBeGreaterThan(1)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4)
  } finally {
    rmSync(models, { recursive: true })
  }
}, 60_000)
