import { Gauge, type LabelValues, type Registry } from 'prom-client'
import { createSlidingMaximum, type SlidingMaximum } from './sliding-maximum.ts'

export interface MaximumGauge<L extends string> {
  note(labels: LabelValues<L>, value: number): void
}

/** So that a scrape every minute misses none. */
const WINDOW_MS = 60_000

/** The largest value of the last minute, by label: a histogram knows only into which bucket it fell. */
export function createMaximumGauge<L extends string>({
  name,
  help,
  labelNames,
  registry,
}: {
  name: string
  help: string
  labelNames: L[]
  registry: Registry
}): MaximumGauge<L> {
  const series = new Map<string, { labels: LabelValues<L>; maximum: SlidingMaximum }>()
  const gauge: Gauge<L> = new Gauge<L>({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      for (const { labels, maximum } of series.values()) gauge.set(labels, maximum.current() ?? 0)
    },
  })
  return {
    note(labels, value) {
      const key = labelNames.map((label) => labels[label]).join('\n')
      let one = series.get(key)
      if (!one) {
        one = { labels, maximum: createSlidingMaximum({ windowMs: WINDOW_MS }) }
        series.set(key, one)
      }
      one.maximum.note(value)
    },
  }
}
