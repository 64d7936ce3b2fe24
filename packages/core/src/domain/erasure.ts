import { z } from 'zod'
import { newJobId } from './ids.ts'

/** That all of a client is to be erased, and how far that is. */
export const Erasure = z
  .object({
    id: z.string(),
    object: z.literal('erasure'),
    client: z.string().describe('Whose data.'),
    status: z.enum(['running', 'done']),
    jobs: z.int().describe('How many jobs are erased so far.'),
    created_at: z.string().describe('What is newer stays.'),
    done_at: z.string().nullable(),
  })
  .meta({ id: 'Erasure' })
export type Erasure = z.output<typeof Erasure>

export interface ErasureRecord extends Erasure {
  /** Since when nothing was found any more; null: the last look found something. */
  empty_since: string | null
  expires_at: string
}

export function createErasure(
  client: string,
  { at, retentionSeconds }: { at: Date; retentionSeconds: number },
): ErasureRecord {
  return {
    id: newJobId(),
    object: 'erasure',
    client,
    status: 'running',
    jobs: 0,
    created_at: at.toISOString(),
    done_at: null,
    empty_since: null,
    expires_at: new Date(at.getTime() + retentionSeconds * 1000).toISOString(),
  }
}

export function toErasure({ empty_since, expires_at, ...erasure }: ErasureRecord): Erasure {
  return erasure
}
