const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** When the tries of a webhook follow one another; the example of Standard Webhooks, over 75 hours in all. */
const DELAYS_MS = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
]

/** So that receivers who fail together are not tried together again. */
const JITTER = 0.1

/**
 * How long to wait after a try that failed, or undefined when it was the last one.
 *
 * @param tryNumber which try failed, 1 for the first
 * @param random 0 to 1
 */
export function retryDelayMs(tryNumber: number, random: number): number | undefined {
  const delayMs = DELAYS_MS[tryNumber]
  return delayMs === undefined ? undefined : Math.round(delayMs * (1 + JITTER * (2 * random - 1)))
}
