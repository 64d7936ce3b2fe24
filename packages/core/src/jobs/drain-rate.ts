/** How fast jobs end, measured over the last half minute by all workers together. */
export interface DrainRate {
  /** A job has ended that took so long from a worker taking it. */
  count(processingMs: number): Promise<void>
  /** Jobs per second while there was work; null when none has ended lately. */
  perSecond(): Promise<number | null>
}
