// Is it after hours as it was at the start? Watch memory meanwhile. See README.md here.
import { predict } from './lupa.js'

const perSecond = Number(__ENV.PER_SECOND || 20)
const duration = __ENV.DURATION || '4h'

export const options = {
  scenarios: {
    steady: {
      executor: 'constant-arrival-rate',
      rate: perSecond,
      timeUnit: '1s',
      duration,
      preAllocatedVUs: perSecond * 5,
      maxVUs: perSecond * 60,
      gracefulStop: '60s',
    },
  },
  thresholds: {
    lupa_wrong: ['rate==0'],
    lupa_answered: ['rate>0.999'],
    lupa_waited: ['p(95)<2000'],
  },
}

export default function request() {
  predict()
}
