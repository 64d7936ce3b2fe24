import { render } from 'preact'
import { request, withQuery } from './api/request.ts'
import { sendPicture } from './api/send-picture.ts'
import { Console } from './console.tsx'
import { followUploads } from './uploads/follow-uploads.ts'
import { createUploads } from './uploads/uploads.ts'

/** How long the gateway may hold an answer about a job back. */
const WAIT_SECONDS = 1

const uploads = createUploads({ send: sendPicture, newKey, sleep })
followUploads({
  uploads,
  read: (id, signal) =>
    request(withQuery(`/v1/jobs/${encodeURIComponent(id)}`, { wait: WAIT_SECONDS }), { signal }),
  sleep,
})

const place = document.getElementById('console')
if (place) render(<Console uploads={uploads} />, place)

/** Not by `crypto.randomUUID`, which is not there where the gateway is reached by plain HTTP. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = window.setTimeout(resolve, ms)
  signal.addEventListener(
    'abort',
    () => {
      window.clearTimeout(timer)
      reject(signal.reason)
    },
    { once: true },
  )
  return promise
}
