import type { Scope } from '@lupa/core/domain/scope'

/** Who calls, and what they may do. */
export interface Caller {
  /** Every job belongs to one. */
  client: string
  scopes: ReadonlySet<Scope>
  /** The API key they came with, by its id; null: none that is stored. */
  keyId: string | null
  /** Of this key alone; null: what every client may send. */
  imagesPerMinute: number | null
}
