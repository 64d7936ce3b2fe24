/**
 * Request units of a point operation by the size of the item, as Microsoft gives them: not measured here.
 * https://learn.microsoft.com/azure/cosmos-db/understand-request-unit-consumption
 */
const CHARGES: readonly { kb: number; read: number; write: number }[] = [
  { kb: 1, read: 1, write: 4.95 },
  { kb: 2, read: 1.04, write: 6.29 },
  { kb: 4, read: 1.14, write: 6.67 },
  { kb: 8, read: 1.33, write: 7.04 },
  { kb: 16, read: 1.67, write: 9.52 },
  { kb: 32, read: 2.19, write: 11.23 },
  { kb: 64, read: 4.76, write: 22.67 },
  { kb: 128, read: 9.95, write: 48.19 },
  { kb: 256, read: 20.28, write: 98.29 },
  { kb: 512, read: 40.95, write: 184.57 },
  { kb: 1024, read: 145.9, write: 625 },
  { kb: 2048, read: 291.8, write: 1250 },
]

/** Those are for session consistency; our account's is strong. */
const STRONG_READ = 2

/** Between two sizes of the table on a straight line; beyond its ends as at its ends. */
export function cosmosCharge(operation: 'read' | 'write', bytes: number): number {
  const kb = bytes / 1024
  const factor = operation === 'read' ? STRONG_READ : 1
  const above = CHARGES.findIndex((row) => row.kb >= kb)
  const high = CHARGES.at(above)
  const low = above > 0 ? CHARGES[above - 1] : high
  if (!high || !low) throw new Error('the table of charges is empty')
  const share = high === low ? 0 : (kb - low.kb) / (high.kb - low.kb)
  return factor * (low[operation] + share * (high[operation] - low[operation]))
}
