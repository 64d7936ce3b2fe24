import { Counter, Histogram, type Registry } from 'prom-client'
import type { CosmosCharge } from '../jobs/cosmos-database.ts'
import type { Logger } from '../runtime/logger.ts'
import type { SharedConfig } from '../runtime/settings.ts'

/** Counts what requests to Cosmos DB cost, and says which cost much. */
export interface CosmosCharges {
  onCharge(charge: CosmosCharge): void
  register(registry: Registry): void
}

/** Undefined where jobs are not in Cosmos DB. */
export function cosmosChargesOf(
  jobStore: SharedConfig['jobStore'],
  logger: Logger,
): CosmosCharges | undefined {
  if (jobStore.provider !== 'cosmos') return undefined
  return createCosmosCharges({ logger, warnAboveUnits: jobStore.warnAboveUnits })
}

/** A point read of a small item costs 1, a write of one some 5 to 10, a query as much as it looks at. */
const REQUEST_UNITS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

export function createCosmosCharges({
  logger,
  warnAboveUnits,
}: {
  logger: Logger
  /** Null: never. */
  warnAboveUnits: number | null
}): CosmosCharges {
  const labelNames = ['container', 'operation'] as const
  const units = new Histogram({
    name: 'lupa_cosmos_request_units',
    help: 'Request units that requests to Cosmos DB cost.',
    labelNames,
    buckets: REQUEST_UNITS,
    registers: [],
  })
  const throttled = new Counter({
    name: 'lupa_cosmos_throttled_total',
    help: 'Tries that Cosmos DB turned away (429) because too many request units were asked for in that second.',
    labelNames,
    registers: [],
  })

  return {
    onCharge(charge) {
      const { container, operation, requestUnits } = charge
      units.observe({ container, operation }, requestUnits)
      if (charge.throttled > 0) throttled.inc({ container, operation }, charge.throttled)
      const facts = { container, operation, request_units: requestUnits, throttled: charge.throttled }
      if (warnAboveUnits !== null && requestUnits > warnAboveUnits)
        logger.warn(facts, 'a request to Cosmos DB cost much')
      else logger.debug(facts, 'a request to Cosmos DB')
    },

    register(registry) {
      registry.registerMetric(units)
      registry.registerMetric(throttled)
    },
  }
}
