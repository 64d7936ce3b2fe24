// Does the whole way work, under a little load? See README.md here.
import { check } from 'k6'
import http from 'k6/http'
import { aPicture, headers, url } from './lupa.js'

const duration = `${Number(__ENV.SECONDS || 10)}s`

export const options = {
  scenarios: {
    predict: { executor: 'constant-vus', exec: 'predict', vus: 2, duration },
    submitAndPoll: { executor: 'constant-vus', exec: 'submitAndPoll', vus: 2, duration },
  },
  thresholds: {
    checks: ['rate==1'],
    http_req_failed: ['rate==0'],
    'http_req_duration{scenario:predict}': ['p(95)<2000'],
  },
}

export function predict() {
  const response = http.post(`${url}/predict`, { image: aPicture() }, { headers })
  check(response, {
    'predict answers 200': ({ status }) => status === 200,
    'predict names a class': (answer) => typeof answer.json('prediction') === 'string',
  })
}

export function submitAndPoll() {
  // Computed anew each time: a cached answer would not touch the queue.
  const fresh = { headers: { ...headers, 'Cache-Control': 'no-cache' } }
  const accepted = http.post(`${url}/v1/jobs`, { image: aPicture() }, fresh)
  check(accepted, { 'submit answers 202': ({ status }) => status === 202 })
  const job = http.get(`${url}${accepted.headers.Location}?wait=20`, { headers })
  check(job, { 'the job succeeds': (answer) => answer.json('status') === 'succeeded' })
}
