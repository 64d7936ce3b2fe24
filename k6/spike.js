// Does a sudden crowd break anything, and is all as before when it has gone? See README.md here.
import { sleep } from 'k6'
import { predict } from './lupa.js'

const users = Number(__ENV.USERS || 1000)
const seconds = Number(__ENV.SECONDS || 30)

export const options = {
  scenarios: {
    usual: {
      executor: 'constant-vus',
      vus: 5,
      duration: `${seconds * 3}s`,
      exec: 'before',
      gracefulStop: '60s',
    },
    crowd: {
      executor: 'constant-vus',
      vus: users,
      startTime: `${seconds}s`,
      duration: `${seconds}s`,
      gracefulStop: '60s',
    },
  },
  thresholds: {
    lupa_wrong: ['rate==0'],
    'lupa_wrong{scenario:usual}': ['rate==0'],
  },
}

export default function user() {
  sleep(predict())
}

export function before() {
  sleep(predict() + 0.5)
}
