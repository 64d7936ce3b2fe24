import type { ModelPackage } from '@lupa/core/models/model-package'
import { restrictSharp } from '../inference/decode-image.ts'
import { type LoadedModel, loadModel } from '../inference/load-model.ts'
import { predictImage } from '../inference/predict-image.ts'
import { warmUp } from '../inference/warm-up.ts'
import { type ChildOptions, type Message, type Request, toErrorMessage } from './messages.ts'
import { createModelShelf } from './model-shelf.ts'

// The parent decides when a child ends: a Ctrl-C reaches both, and the parent may yet want an answer.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
// At once, whatever native code is doing: without a parent nobody waits for it.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))

restrictSharp()
const { threads, modelLimit } = JSON.parse(process.argv[2] ?? '{}') as ChildOptions
const shelf = createModelShelf({ limit: modelLimit, load: loadWarm })

process.on('message', (request: Request) => void reply(request))
send({ type: 'ready' })

async function reply(request: Request): Promise<void> {
  const result = await answer(request).catch((thrown: unknown) => ({ error: toErrorMessage(thrown) }))
  send({ type: 'reply', result, loaded: shelf.digests(), rssBytes: process.memoryUsage.rss() })
}

async function loadWarm(model: ModelPackage): Promise<LoadedModel> {
  const loaded = await loadModel(model, { threads })
  await warmUp(loaded)
  return loaded
}

async function answer(request: Request) {
  const model = await shelf.get(request.model)
  if (request.type === 'load') return { outcome: null }
  return { outcome: await predictImage(request.image, model, request.params) }
}

function send(message: Message): void {
  // A parent that is gone does not listen; the channel's end tells of that.
  process.send?.(message, undefined, undefined, () => {})
}
