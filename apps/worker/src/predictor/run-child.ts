import { flushCompileCache } from 'node:module'
import { LupaError } from '@lupa/core/domain/errors'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { type BatchChoice, chooseBatch } from '../inference/choose-batch.ts'
import { restrictSharp } from '../inference/decode-image.ts'
import { type LoadedModel, loadModel, readAs } from '../inference/load-model.ts'
import { predictImages } from '../inference/predict-images.ts'
import { prepareSelfTest, type SelfTest } from '../inference/self-test.ts'
import { warmUp } from '../inference/warm-up.ts'
import { toErrorMessage } from './error-message.ts'
import type { Answer, ChildOptions, LoadResult, Message, PredictItem, Reply, Request } from './messages.ts'

/**
 * Of decoded pictures that nobody needs any more. V8 collects them when its own heap is full, which may be some large
 * pictures later.
 */
const MAX_LEFT_BYTES = 64 * 1024 * 1024

/** A child process from its start to its end: answers what its parent asks. */
export function runChild({ load = loadModel }: { load?: typeof loadModel } = {}): void {
  // The parent decides when a child ends: a Ctrl-C reaches both, and the parent may yet want an answer.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  // At once, whatever native code is doing: without a parent nobody waits for it.
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))

  restrictSharp()
  const options = JSON.parse(process.argv[2] ?? '{}') as ChildOptions
  const models = new Map<string, { loaded: LoadedModel; selfTest: SelfTest }>()

  async function reply(request: Request): Promise<void> {
    const result = await answer(request).catch((thrown: unknown) => ({ error: toErrorMessage(thrown) }))
    const { user, system } = process.cpuUsage()
    const { rss, external } = process.memoryUsage()
    send({
      type: 'reply',
      result,
      loaded: [...models.keys()],
      rssBytes: rss,
      cpuSeconds: (user + system) / 1e6,
    })
    if (external > MAX_LEFT_BYTES) globalThis.gc?.()
  }

  async function answer(request: Request): Promise<Reply['result']> {
    switch (request.type) {
      case 'load':
        return await loadWarm(request.model, request.batch)
      case 'self_test':
        return { fault: await modelOf(request.digest).selfTest() }
      case 'predict':
        return { answers: await predict(request.model, request.items) }
      case 'render':
        throw new Error('This process runs models; another one makes pictures.')
    }
  }

  /** A model that does not know its own pictures is not kept. */
  async function loadWarm(model: ModelPackage, choice: BatchChoice): Promise<LoadResult> {
    const loaded = await load(model, options)
    // Its own pictures go the whole way, too.
    if (!model.selfTest?.length) await warmUp(loaded)
    const { fault, selfTest } = await prepareSelfTest(loaded)
    if (fault !== null) {
      await loaded.session.release()
      return { fault, batch: 1 }
    }
    models.set(model.digest, { loaded, selfTest })
    return { fault, batch: await chooseBatch(loaded, choice) }
  }

  async function predict(model: ModelPackage, items: PredictItem[]): Promise<Answer[]> {
    const results = await predictImages(items, readAs(modelOf(model.digest).loaded, model))
    return results.map((result) =>
      result.status === 'fulfilled' ? { outcome: result.value } : { error: toErrorMessage(result.reason) },
    )
  }

  function modelOf(digest: string) {
    const model = models.get(digest)
    if (!model) throw new LupaError('model_unavailable', `This process has not loaded the model ${digest}.`)
    return model
  }

  process.on('message', (request: Request) => void reply(request))
  send({ type: 'ready' })
  // Node would do so when the process exits, and it is killed.
  flushCompileCache()
}

function send(message: Message): void {
  // A parent that is gone does not listen; the channel's end tells of that.
  process.send?.(message, undefined, undefined, () => {})
}
