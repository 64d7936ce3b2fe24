// What the scenarios share: where Lupa is, who calls, the pictures, and what an answer may be.
import { check } from 'k6'
import encoding from 'k6/encoding'
import http from 'k6/http'
import { Counter, Rate, Trend } from 'k6/metrics'

export const url = __ENV.LUPA_URL || 'http://127.0.0.1:5000'
export const headers = credentials(__ENV)

const picture = open(__ENV.PICTURE || '../models/bottle-status/samples/aberta-1.jpg', 'b')

/** Answers with a prediction, of all. */
export const answered = new Rate('lupa_answered')
/** Refusals that say when to come again: how a full service is meant to behave. */
export const refused = new Counter('lupa_refused')
/** Whatever is neither a prediction, nor a promise, nor an honest refusal. */
export const wrong = new Rate('lupa_wrong')
/** From the request to the prediction. */
export const waited = new Trend('lupa_waited', true)

/** `distinct` (the default): nobody sent this picture before; `repeated`: the cache knows it. */
export function aPicture() {
  if (__ENV.PICTURES === 'repeated') return http.file(picture, 'picture.jpg', 'image/jpeg')
  // Behind the end of a JPEG, where decoders do not look.
  const mark = `${Date.now()} ${__VU} ${__ITER} ${Math.random()}`
  const bytes = new Uint8Array(picture.byteLength + mark.length)
  bytes.set(new Uint8Array(picture))
  for (let at = 0; at < mark.length; at++) bytes[picture.byteLength + at] = mark.charCodeAt(at)
  return http.file(bytes.buffer, 'picture.jpg', 'image/jpeg')
}

/** One picture by the original service's way. Resolves to how many seconds to wait before the next. */
export function predict() {
  const response = http.post(`${url}/predict`, { image: aPicture() }, { headers, timeout: '60s' })
  const { status } = response
  const retryAfter = Number(response.headers['Retry-After'] || 0)
  const isRefusal = (status === 429 || status === 503) && retryAfter > 0
  answered.add(status === 200)
  if (status === 200) waited.add(response.timings.duration)
  if (isRefusal) refused.add(1)
  wrong.add(!(status === 200 || status === 202 || isRefusal))
  check(response, {
    'a prediction, a promise or an honest refusal': () => status === 200 || status === 202 || isRefusal,
  })
  return isRefusal ? Math.min(retryAfter, 10) : 0
}

function credentials({ API_KEY, API_USERNAME, API_PASSWORD }) {
  if (API_KEY) return { 'X-API-Key': API_KEY }
  if (!API_USERNAME) return {}
  return { Authorization: `Basic ${encoding.b64encode(`${API_USERNAME}:${API_PASSWORD}`)}` }
}
