// Does it keep its promises under the load that it was planned for: 1,000 users? See README.md here.
import { sleep } from 'k6'
import { predict } from './lupa.js'

const users = Number(__ENV.USERS || 1000)
const seconds = Number(__ENV.SECONDS || 120)

export const options = {
  scenarios: {
    users: {
      executor: 'ramping-vus',
      startVUs: 0,
      // A hundred more each second.
      stages: [
        { duration: `${Math.max(1, Math.ceil(users / 100))}s`, target: users },
        { duration: `${seconds}s`, target: users },
      ],
      gracefulRampDown: '60s',
      gracefulStop: '60s',
    },
  },
  thresholds: {
    lupa_wrong: ['rate==0'],
    checks: ['rate==1'],
    lupa_answered: ['rate>0.5'],
  },
}

export default function user() {
  sleep(predict())
}
