/**
 * A child for tests that does what the name of the model says. While loading, `deadly` ends it, `broken`
 * cannot be loaded, `slow` and what begins so takes its time, `endless` never ends, `blind` is wrong about its
 * own pictures. While predicting, `hang` never answers, `die` ends it; anything else is answered at once,
 * with the id of the process as the time it took. Its self-tests fail once it had an image that says `spoil`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { LupaError } from '@lupa/core/domain/errors'
import { type Message, type Request, toErrorMessage } from '../../src/predictor/messages.ts'

process.once('disconnect', () => process.exit())
const loaded = new Set<string>()
let isSpoilt = false

process.on('message', async (request: Request) => {
  switch (request.type) {
    case 'load': {
      const { name, digest } = request.model
      if (name === 'deadly') process.exit(3)
      if (name === 'endless') return
      if (name === 'broken')
        return reply({ error: toErrorMessage(new LupaError('model_unavailable', 'It is broken.')) })
      if (name === 'blind') return reply({ fault: 'It is blind.' })
      if (name.startsWith('slow')) await sleep(300)
      loaded.add(digest)
      return reply({ fault: null })
    }
    case 'self_test':
      return reply({ fault: isSpoilt ? 'It is spoilt.' : null })
    case 'predict': {
      const { model, items } = request
      if (!loaded.has(model.digest)) throw new Error(`${model.name} was not loaded before`)
      if (model.name === 'die') process.kill(process.pid, 'SIGSEGV')
      if (model.name === 'hang') return
      if (items.some(({ image }) => Buffer.from(image).toString() === 'spoil')) isSpoilt = true
      return reply({ answers: items.map(() => ({ outcome: outcomeOf(model.name) })) })
    }
  }
})

function outcomeOf(prediction: string) {
  return {
    stored: { task: 'classify' as const, top: [] },
    view: { prediction, confidence: 1, predictions: [] },
    image: { width: 1, height: 1 },
    timings: { preprocess_ms: 1, inference_ms: process.pid, postprocess_ms: 1 },
  }
}

function reply(result: Extract<Message, { type: 'reply' }>['result']): void {
  process.send?.({ type: 'reply', result, loaded: [...loaded], rssBytes: 1 })
}

process.send?.({ type: 'ready' })
