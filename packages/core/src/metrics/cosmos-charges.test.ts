import { Registry } from 'prom-client'
import { expect, test, vi } from 'vitest'
import type { CosmosCharge } from '../jobs/cosmos-database.ts'
import type { Logger } from '../runtime/logger.ts'
import { createCosmosCharges } from './cosmos-charges.ts'

const CHARGE: CosmosCharge = { container: 'jobs', operation: 'query', requestUnits: 100, throttled: 0 }

type Log = (facts: object, message: string) => void

function chargesOf(warnAboveUnits: number | null) {
  const log = { warn: vi.fn<Log>(), debug: vi.fn<Log>() }
  return { log, charges: createCosmosCharges({ logger: log as unknown as Logger, warnAboveUnits }) }
}

test('what requests cost is added up, by container and operation', async () => {
  const { charges } = chargesOf(null)
  const registry = new Registry()
  charges.register(registry)
  charges.onCharge({ ...CHARGE, requestUnits: 2.83 })
  charges.onCharge({ ...CHARGE, requestUnits: 7.17, throttled: 3 })
  charges.onCharge({ ...CHARGE, operation: 'read', requestUnits: 1 })
  const text = await registry.metrics()
  expect(text).toContain('lupa_cosmos_request_units_sum{container="jobs",operation="query"} 10')
  expect(text).toContain('lupa_cosmos_request_units_count{container="jobs",operation="query"} 2')
  expect(text).toContain('lupa_cosmos_request_units_sum{container="jobs",operation="read"} 1')
  expect(text).toContain('lupa_cosmos_throttled_total{container="jobs",operation="query"} 3')
})

test('what costs more than it should is a warning, all else a line for those who look closely', () => {
  const { log, charges } = chargesOf(100)
  charges.onCharge(CHARGE)
  expect(log.warn).not.toHaveBeenCalled()
  expect(log.debug).toHaveBeenCalledOnce()
  charges.onCharge({ ...CHARGE, requestUnits: 100.01 })
  expect(log.warn).toHaveBeenCalledWith(
    { container: 'jobs', operation: 'query', request_units: 100.01, throttled: 0 },
    'a request to Cosmos DB cost much',
  )
})

test('where warnings are off there are none', () => {
  const { log, charges } = chargesOf(null)
  charges.onCharge({ ...CHARGE, requestUnits: 1_000_000 })
  expect(log.warn).not.toHaveBeenCalled()
})
