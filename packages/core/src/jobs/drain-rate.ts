/** How fast jobs end, measured over the last half minute by all workers together. */
export interface DrainRate {
  /** A job has ended. */
  count(): Promise<void>
  /** Jobs per second; null when none has ended lately. */
  perSecond(): Promise<number | null>
}
