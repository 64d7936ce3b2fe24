import type { Job } from '@lupa/core/domain/job'
import { noAnswer, readProblem } from './problem.ts'

export interface PictureToSend {
  file: Blob
  name: string
  /** Form fields beside the picture. */
  fields: Record<string, string>
  /** The same on every try, so that no try makes a second job. */
  idempotencyKey: string
}

export type SendPicture = (
  picture: PictureToSend,
  options: { onProgress: (share: number) => void; signal: AbortSignal },
) => Promise<Job>

/** Submits one picture. Not by `fetch`, which does not tell how much is sent. Rejects with a Problem. */
export const sendPicture: SendPicture = ({ file, name, fields, idempotencyKey }, { onProgress, signal }) => {
  const { promise, resolve, reject } = Promise.withResolvers<Job>()
  const form = new FormData()
  for (const [field, value] of Object.entries(fields)) form.append(field, value)
  form.append('image', file, name)

  const xhr = new XMLHttpRequest()
  xhr.open('POST', '/v1/jobs')
  xhr.setRequestHeader('Idempotency-Key', idempotencyKey)
  xhr.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0))
  xhr.addEventListener('load', () => {
    const { status, responseText } = xhr
    if (status >= 200 && status < 300) resolve(JSON.parse(responseText) as Job)
    else reject(readProblem(status, responseText, xhr.getResponseHeader('retry-after')))
  })
  xhr.addEventListener('error', () => reject(noAnswer()))
  xhr.addEventListener('abort', () => reject(signal.reason))
  signal.addEventListener('abort', () => xhr.abort(), { once: true })
  xhr.send(form)
  return promise
}
