/**
 * A child for tests that does what the image says: `crash`, `loop` and `heap` are its end, `memory` is more
 * than there is, anything else is answered after some milliseconds.
 */
import { writeSync } from 'node:fs'
import { readImageSource } from '../../src/inference/image-source.ts'
import { toErrorMessage } from '../../src/predictor/error-message.ts'
import type { Request } from '../../src/predictor/messages.ts'

process.once('disconnect', () => process.exit())
const loaded = new Set<string>()

process.on('message', (request: Request) => {
  if (request.type === 'load') loaded.add(request.model.digest)
  if (request.type !== 'predict') return reply({ fault: null, batch: 1 })
  switch (Buffer.from(readImageSource(request.items[0]?.image ?? new Uint8Array())).toString()) {
    case 'crash':
      process.kill(process.pid, 'SIGSEGV')
      break
    case 'loop':
      for (;;);
    case 'heap':
      // As V8 ends a process whose heap is full. To fill one for real takes it the better part of a minute.
      writeSync(2, 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n')
      process.kill(process.pid, 'SIGABRT')
      break
    case 'memory':
      try {
        reply({ answers: [new ArrayBuffer(2 ** 46)] })
      } catch (thrown) {
        reply({ error: toErrorMessage(thrown) })
      }
      break
    default:
      setTimeout(() => reply({ answers: [{ outcome: OUTCOME }] }), 5)
  }
})

const OUTCOME = {
  stored: { task: 'classify', top: [{ name: 'aberta', class: 0, confidence: 0.9 }] },
  view: { prediction: 'aberta', confidence: 0.9, predictions: [] },
  image: { width: 1, height: 1 },
  timings: { preprocess_ms: 1, inference_ms: 1, postprocess_ms: 1 },
  steps: [],
}

function reply(result: object): void {
  process.send?.({ type: 'reply', result, loaded: [...loaded], rssBytes: 1 })
}

process.send?.({ type: 'ready' })
