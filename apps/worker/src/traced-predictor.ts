import type { Tracing } from '@lupa/core/telemetry/tracing'
import type { Predictor } from './predictor/predictor.ts'

/** Its steps were measured where they were made, in another process. */
export function tracedPredictor(predictor: Predictor, tracing: Tracing): Predictor {
  if (!tracing.isOn) return predictor
  return {
    ...predictor,
    predict(work, signal) {
      const { name, version } = work.model
      const attributes = { 'lupa.model.name': name, 'lupa.model.version': version }
      return tracing.span({ name: 'predict', kind: 'internal', attributes }, async (span) => {
        const outcome = await predictor.predict(work, signal)
        for (const { step, startMs, endMs } of outcome.steps) span.stage(step, startMs, endMs)
        span.note({ 'lupa.batch_size': outcome.timings.batch_size ?? 1 })
        return outcome
      })
    },
  }
}
