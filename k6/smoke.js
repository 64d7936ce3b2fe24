// Does the whole way work, under a little load? See README.md here.
import { check } from 'k6'
import encoding from 'k6/encoding'
import http from 'k6/http'

const url = __ENV.LUPA_URL || 'http://127.0.0.1:5000'
const picture = open(__ENV.PICTURE || '../models/bottle-status/samples/aberta-1.jpg', 'b')
const headers = credentials(__ENV)

export const options = {
  scenarios: {
    predict: { executor: 'constant-vus', exec: 'predict', vus: 2, duration: '10s' },
    submitAndPoll: { executor: 'constant-vus', exec: 'submitAndPoll', vus: 2, duration: '10s' },
  },
  thresholds: {
    checks: ['rate==1'],
    http_req_failed: ['rate==0'],
    'http_req_duration{scenario:predict}': ['p(95)<2000'],
  },
}

export function predict() {
  const response = http.post(`${url}/predict`, { image: http.file(picture, 'bottle.jpg') }, { headers })
  check(response, {
    'predict answers 200': ({ status }) => status === 200,
    'predict names a class': (answer) => ['aberta', 'fechada'].includes(answer.json('prediction')),
  })
}

export function submitAndPoll() {
  // Computed anew each time: a cached answer would not touch the queue.
  const fresh = { headers: { ...headers, 'Cache-Control': 'no-cache' } }
  const accepted = http.post(`${url}/v1/jobs`, { image: http.file(picture, 'bottle.jpg') }, fresh)
  check(accepted, { 'submit answers 202': ({ status }) => status === 202 })
  const job = http.get(`${url}${accepted.headers.Location}?wait=20`, { headers })
  check(job, { 'the job succeeds': (answer) => answer.json('status') === 'succeeded' })
}

function credentials({ API_KEY, API_USERNAME, API_PASSWORD }) {
  if (API_KEY) return { 'X-API-Key': API_KEY }
  if (!API_USERNAME) return {}
  return { Authorization: `Basic ${encoding.b64encode(`${API_USERNAME}:${API_PASSWORD}`)}` }
}
