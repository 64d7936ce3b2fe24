/**
 * A child for tests that does what the name of the model says: `deadly` ends it while loading, `hang`
 * never answers, `die` ends it while predicting; anything else is answered at once.
 */
import type { Request } from '../../src/predictor/messages.ts'

process.once('disconnect', () => process.exit())
const loaded = new Set<string>()

process.on('message', ({ type, model }: Request) => {
  if (model.name === 'deadly') process.exit(3)
  if (type === 'predict' && model.name === 'die') process.kill(process.pid, 'SIGSEGV')
  if (type === 'predict' && model.name === 'hang') return
  loaded.add(model.digest)
  const image = { width: 1, height: 1 }
  const timings = { preprocess_ms: 1, inference_ms: process.pid, postprocess_ms: 1 }
  const view = { prediction: model.name, confidence: 1, predictions: [] }
  const outcome = type === 'load' ? null : { stored: { task: 'classify', top: [] }, view, image, timings }
  process.send?.({ type: 'reply', result: { outcome }, loaded: [...loaded], rssBytes: 1 })
})
process.send?.({ type: 'ready' })
