/** How a load goes over time: a share of its peak at each second. */
export interface Profile {
  name: string
  about: string
  seconds: number
  shareAt: (second: number) => number
}

const MINUTE = 60

export const PROFILES: readonly Profile[] = [
  {
    name: 'constant',
    about: 'the whole load at once, on an installation that had nothing to do, for ten minutes',
    seconds: 10 * MINUTE,
    shareAt: () => 1,
  },
  {
    name: 'ramp',
    about: 'from nothing to the whole load in ten minutes, then five minutes of it',
    seconds: 15 * MINUTE,
    shareAt: (second) => Math.min(1, second / (10 * MINUTE)),
  },
  {
    name: 'spike',
    about: 'a tenth of the load, the whole of it for two minutes, a tenth again',
    seconds: 15 * MINUTE,
    shareAt: (second) => (second >= 3 * MINUTE && second < 5 * MINUTE ? 1 : 0.1),
  },
  {
    name: 'day',
    about:
      'a day in 24 minutes, so sixty times as steep as a real one: a twentieth at night, all of it at noon',
    seconds: 24 * MINUTE,
    shareAt: (second) => 0.05 + 0.95 * (0.5 - 0.5 * Math.cos((second / (24 * MINUTE)) * 2 * Math.PI)),
  },
]
