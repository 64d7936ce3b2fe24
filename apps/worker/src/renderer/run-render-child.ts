import { viewPrediction } from '@lupa/core/domain/view-prediction'
import { restrictSharp } from '../inference/decode-image.ts'
import { readImageSource } from '../inference/image-source.ts'
import { toErrorMessage } from '../predictor/error-message.ts'
import type { ChildOptions, Message, Request } from '../predictor/messages.ts'
import { makePicture } from './make-picture.ts'
import type { RenderRequest, RenderResult } from './render-messages.ts'

/** A child process that makes pictures, from its start to its end. */
export function runRenderChild(): void {
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))

  restrictSharp()
  const { maxImagePixels } = JSON.parse(process.argv[2] ?? '{}') as ChildOptions

  async function render({ image, job, stored, params, picture }: RenderRequest): Promise<RenderResult> {
    const { predictions } = viewPrediction(stored, { ...params, masks: 'polygon' }, job.image)
    return {
      render: await makePicture(readImageSource(image), { ...job, predictions }, picture, { maxImagePixels }),
    }
  }

  process.on('message', (request: Request) => {
    if (request.type !== 'render') return
    void render(request)
      .catch((thrown: unknown): RenderResult => ({ error: toErrorMessage(thrown) }))
      .then((result) => {
        const { rss } = process.memoryUsage()
        send({ type: 'reply', result, loaded: [], rssBytes: rss, cpuSeconds: process.cpuUsage().user / 1e6 })
      })
  })
  send({ type: 'ready' })
}

function send(message: Message): void {
  process.send?.(message, undefined, undefined, () => {})
}
