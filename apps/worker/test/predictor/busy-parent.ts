/** A worker for tests: predicts without end, until somebody kills it. Argument: the name of a shared model. */
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import { createPredictor } from '../../src/predictor/predictor.ts'
import { readPicture, readSharedModel } from '../shared-assets.ts'

const model = await readSharedModel(process.argv[2] ?? '')
const predictor = await createPredictor({
  slots: 2,
  threads: 1,
  executionTimeoutMs: 60_000,
  preload: [model],
})
const image = readPicture('bus.jpg')
process.send?.('ready')
const never = new AbortController().signal
for (;;) {
  const both = [0, 1].map(() => predictor.predict({ image, model, params: DEFAULT_PARAMS }, never))
  await Promise.all(both)
}
