// Where is the limit, and what happens beyond it? See README.md here.
import { predict } from './lupa.js'

const most = Number(__ENV.MOST_PER_SECOND || 400)
const stepSeconds = Number(__ENV.STEP_SECONDS || 30)

export const options = {
  scenarios: {
    // Requests come whether or not the ones before were answered.
    rising: {
      executor: 'ramping-arrival-rate',
      startRate: Math.ceil(most / 8),
      timeUnit: '1s',
      preAllocatedVUs: Math.min(2000, most * 5),
      maxVUs: Math.min(5000, most * 20),
      stages: [0.125, 0.25, 0.5, 0.75, 1, 1, 0.125].map((part) => ({
        duration: `${stepSeconds}s`,
        target: Math.ceil(most * part),
      })),
      gracefulStop: '60s',
    },
  },
  thresholds: {
    // It may refuse as much as it likes, as long as it says when to come again.
    lupa_wrong: ['rate==0'],
  },
}

export default function request() {
  predict()
}
