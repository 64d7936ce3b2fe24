/**
 * A child for tests that does what the name of the model says. While loading, `deadly` ends it, `broken`
 * cannot be loaded, `slow` and what begins so takes its time, `endless` never ends, `blind` is wrong about its
 * own pictures. While predicting, `hang` never answers, `die` ends it; anything else is answered at once,
 * with the id of the process as the time it took, and the number of images that came with it as the time before.
 * `several` and what begins so takes its time, and as many images at once as it may.
 *
 * An image that says `mutter` makes it write to its standard error, one that says `bad` is refused, `crash` ends the process, and after `spoil` its self-tests fail.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { LupaError } from '@lupa/core/domain/errors'
import { readImageSource } from '../../src/inference/image-source.ts'
import { toErrorMessage } from '../../src/predictor/error-message.ts'
import type { Answer, Message, Request } from '../../src/predictor/messages.ts'

process.once('disconnect', () => process.exit())
const loaded = new Set<string>()
let isSpoilt = false

process.on('message', async (request: Request) => {
  switch (request.type) {
    case 'load': {
      const { name, digest } = request.model
      const batch = name.startsWith('several') ? request.batch.atMost : 1
      if (name === 'deadly') process.exit(3)
      if (name === 'endless') return
      if (name === 'broken')
        return reply({ error: toErrorMessage(new LupaError('model_unavailable', 'It is broken.')) })
      if (name === 'blind') return reply({ fault: 'It is blind.', batch })
      if (name.startsWith('slow')) await sleep(300)
      loaded.add(digest)
      return reply({ fault: null, batch })
    }
    case 'self_test':
      return reply({ fault: isSpoilt ? 'It is spoilt.' : null })
    case 'predict': {
      const { model, items } = request
      if (!loaded.has(model.digest)) throw new Error(`${model.name} was not loaded before`)
      if (model.name === 'die') process.kill(process.pid, 'SIGSEGV')
      if (model.name === 'hang') return
      const images = items.map(({ image }) => Buffer.from(readImageSource(image)).toString())
      if (images.includes('spoil')) isSpoilt = true
      if (images.includes('mutter')) process.stderr.write('a warning of libvips\n')
      if (model.name.startsWith('several')) await sleep(50)
      if (images.includes('crash')) process.kill(process.pid, 'SIGSEGV')
      return reply({ answers: images.map((image) => answerTo(image, model.name, images.length)) })
    }
  }
})

function answerTo(image: string, prediction: string, batch: number): Answer {
  if (image === 'bad') return { error: toErrorMessage(new LupaError('image_unreadable', 'It is bad.')) }
  const outcome = {
    stored: { task: 'classify' as const, top: [] },
    view: { prediction, confidence: 1, predictions: [] },
    image: { width: 1, height: 1 },
    timings: { preprocess_ms: batch, inference_ms: process.pid, postprocess_ms: 1 },
    steps: [],
  }
  return { outcome }
}

function reply(result: Extract<Message, { type: 'reply' }>['result']): void {
  process.send?.({ type: 'reply', result, loaded: [...loaded], rssBytes: 1 })
}

process.send?.({ type: 'ready' })
