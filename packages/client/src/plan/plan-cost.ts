import { z } from 'zod'
import type { Load, Plan } from './plan-capacity.ts'

/** What things cost: filled in by whoever plans. `null` is not looked up yet. */
export const PriceFile = z.object({
  currency: z.string().nullable(),
  prices: z.record(
    z.string(),
    z.object({ price: z.number().nonnegative().nullable(), unit: z.string(), look_up: z.url() }),
  ),
})
export type PriceFile = z.output<typeof PriceFile>

export interface Cost {
  currency: string | null
  items: { name: string; unit: string; perMonth: number; cost: number }[]
  /** Of the items; all of it only when nothing is missing. */
  total: number
  missing: { name: string; unit: string; look_up: string }[]
}

const MONTH_HOURS = 730
const MONTH_SECONDS = MONTH_HOURS * 3600
const MONTH_DAYS = MONTH_HOURS / 24
/** As gateway.bicep and worker.bicep have it: 2 GiB with each core. */
const GIB_PER_CORE = 2
const GB = 1e9

/** How many units of each price a month of the plan takes, once as much is stored as ever will be. */
export function unitsPerMonth(plan: Plan, { jobsPerSecond, coresPerWorker }: Load): Record<string, number> {
  const cores = plan.gateways.count + plan.workers.count * coresPerWorker
  return {
    container_apps_vcpu_second: cores * MONTH_SECONDS,
    container_apps_gib_second: cores * GIB_PER_CORE * MONTH_SECONDS,
    container_apps_million_requests: (jobsPerSecond * MONTH_SECONDS) / 1e6,
    redis_instance_hour: MONTH_HOURS,
    cosmos_autoscale_100_units_hour: (plan.cosmos.unitsPerSecond / 100) * MONTH_HOURS,
    cosmos_gb_month: plan.cosmos.storedBytes / GB,
    blob_gb_month: plan.blob.storedBytes / GB,
    blob_10000_writes: (plan.blob.writesPerDay * MONTH_DAYS) / 10_000,
    blob_10000_reads: (plan.blob.readsPerDay * MONTH_DAYS) / 10_000,
    blob_10000_lists: (plan.blob.listsPerDay * MONTH_DAYS) / 10_000,
    egress_gb: (plan.traffic.answeredBytesPerDay * MONTH_DAYS) / GB,
  }
}

export function planCost(plan: Plan, load: Load, { currency, prices }: PriceFile): Cost {
  const cost: Cost = { currency, items: [], total: 0, missing: [] }
  for (const [name, perMonth] of Object.entries(unitsPerMonth(plan, load))) {
    const { price = null, unit = 'not in the file', look_up = '' } = prices[name] ?? {}
    if (price === null) cost.missing.push({ name, unit, look_up })
    else cost.items.push({ name, unit, perMonth, cost: price * perMonth })
  }
  cost.total = cost.items.reduce((sum, item) => sum + item.cost, 0)
  return cost
}
