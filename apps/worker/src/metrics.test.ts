import { expect, test } from 'vitest'
import { createMetrics, measurePredictor } from './metrics.ts'
import type { Predictor } from './predictor/predictor.ts'

test('self-tests that failed are counted by model, and those of a model that never did are zero', async () => {
  const selfTests = [
    { model: 'bottle-status@1', passed: 7, failed: 2 },
    { model: 'bottles@1', passed: 7, failed: 0 },
  ]
  const status: Predictor['status'] = () => ({
    slots: 1,
    busy: 0,
    waiting: 0,
    ready: true,
    restarts: 0,
    models: [],
    selfTests,
    children: { rssBytes: 0, cpuSeconds: 0 },
  })
  const { registry } = createMetrics({ version: '1.2.3' })
  measurePredictor(registry, {
    status,
    predict: () => Promise.reject(new Error('not asked')),
    prepare: () => {},
    pin: () => {},
    close: async () => {},
  })
  for (let scrape = 0; scrape < 2; scrape++) {
    expect(await registry.getSingleMetricAsString('lupa_self_test_failures_total')).toMatch(
      /^lupa_self_test_failures_total\{model="bottle-status@1"\} 2\nlupa_self_test_failures_total\{model="bottles@1"\} 0$/m,
    )
  }
})
