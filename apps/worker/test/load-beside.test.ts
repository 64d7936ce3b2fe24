import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pictureOf, writeColourModel } from './colour-model.ts'
import { startWorkerFleet } from './worker-fleet.ts'

test('jobs for a model that a worker has not loaded do not hold up those behind them, and none is lost', async () => {
  const models = mkdtempSync(join(tmpdir(), 'lupa-test-beside-'))
  try {
    const [first, , unloaded] = [
      await writeColourModel(models, 'a'),
      await writeColourModel(models, 'b', { side: 48 }),
      await writeColourModel(models, 'c', { side: 64 }),
    ]
    await using fleet = await startWorkerFleet()
    const picture = await pictureOf('blue')
    const accept = (model: typeof first) =>
      Promise.all(Array.from({ length: 5 }, () => fleet.accept(picture, { model })))
    const forUnloaded = await accept(unloaded)
    const forLoaded = await accept(first)
    await fleet.startWorker({ MODELS_DIR: models, DEFAULT_MODEL: 'a', MODELS_PER_CHILD: '2' })

    await expect
      .poll(() => fleet.statuses([...forUnloaded, ...forLoaded]), { timeout: 45_000 })
      .toEqual({ succeeded: 10 })
    const endsOf = async (records: { id: string }[]) =>
      (await Promise.all(records.map(({ id }) => fleet.get(id)))).map(({ finished_at }) => finished_at ?? '')
    const [[firstOfUnloaded = ''], endsOfLoaded] = [
      (await endsOf(forUnloaded)).toSorted(),
      await endsOf(forLoaded),
    ]
    expect(endsOfLoaded.filter((end) => end >= firstOfUnloaded)).toEqual([])
  } finally {
    rmSync(models, { recursive: true })
  }
}, 60_000)
