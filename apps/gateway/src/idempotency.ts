import { setTimeout as sleep } from 'node:timers/promises'
import { LupaError } from '@lupa/core/domain/errors'
import type { JobRecord } from '@lupa/core/domain/job'
import type { KeyClaim, KeyStore } from '@lupa/core/jobs/key-store'
import type { Breakers } from './breaker.ts'

/**
 * Makes one job (or batch) of many requests with the same key, be they at once or repeated after a lost
 * answer: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export interface Idempotency<Made = JobRecord> {
  /**
   * Runs `make` for the first request with the key, and answers the others with the job it made. A request
   * that died before its job was there is taken over, under the same job id; one whose job was erased is
   * refused, since it was answered once and its client wanted nothing of it kept.
   */
  once(
    request: IdempotentRequest,
    make: (jobId: string) => Promise<Made>,
  ): Promise<{ record: Made; replayed: boolean }>
}

/** Resolves to what was made under the id; rejects while that cannot be told. */
interface MadeReader<Made> {
  read(id: string): Promise<Made | undefined>
}

export interface IdempotentRequest {
  client: string
  key: string
  /** SHA-256 of what is asked. */
  fingerprint: string
  /** The id of the job or batch, should this be the first request. */
  jobId: string
  /** What to say, in place of the usual, when the key stands for another request, or for a job that was erased. */
  refuse?: (madeId: string) => LupaError
}

const KEPT_MS = 24 * 60 * 60 * 1000
/** How long a repeated request waits for the job of one that is just being served. */
const PATIENCE_MS = 2000
/** After this, the process that served the first request is taken to be dead. */
const TAKEN_OVER_AFTER_MS = 30_000
const POLL_MS = 50

export function createIdempotency<Made>({
  keys,
  reader,
  breakers,
  takenOverAfterMs = TAKEN_OVER_AFTER_MS,
}: {
  keys: KeyStore
  reader: MadeReader<Made>
  breakers: Breakers
  takenOverAfterMs?: number
}): Idempotency<Made> {
  async function makeMine(claim: KeyClaim, make: (jobId: string) => Promise<Made>) {
    try {
      return { record: await make(claim.jobId), replayed: false }
    } catch (thrown) {
      // A store may fail to say that it did what was asked. Where that cannot be found out either, the
      // claim stays: it can only lead to the same job.
      const made = await reader.read(claim.jobId).catch(() => {
        throw thrown
      })
      if (made) return { record: made, replayed: false }
      await keys.releaseKey(claim.client, claim.key, claim.jobId).catch(() => {})
      throw thrown
    }
  }

  return {
    async once({ client, key, fingerprint, jobId, refuse }, make) {
      const claimedAt = new Date()
      const mine: KeyClaim = {
        client,
        key,
        fingerprint,
        jobId,
        claimedAt: claimedAt.toISOString(),
        expiresAt: new Date(claimedAt.getTime() + KEPT_MS).toISOString(),
      }
      const claim = await breakers.jobStore.watch(() => keys.claimKey(mine))
      if (claim.jobId === jobId) return makeMine(claim, make)
      if (claim.fingerprint !== fingerprint) throw refuse?.(claim.jobId) ?? reused(key)

      const isAbandoned = Date.now() - Date.parse(claim.claimedAt) >= takenOverAfterMs
      const made = await untilMade(claim.jobId, reader, isAbandoned || claim.erased ? 0 : PATIENCE_MS)
      if (made) return { record: made, replayed: true }
      if (claim.erased) throw refuse?.(claim.jobId) ?? erased(claim)
      if (isAbandoned) return makeMine(claim, make)
      throw stillBeingServed()
    },
  }
}

async function untilMade<Made>(
  jobId: string,
  reader: MadeReader<Made>,
  patienceMs: number,
): Promise<Made | undefined> {
  const giveUpAtMs = performance.now() + patienceMs
  for (;;) {
    const record = await reader.read(jobId)
    if (record || performance.now() >= giveUpAtMs) return record
    await sleep(POLL_MS)
  }
}

export function stillBeingServed(): LupaError {
  return new LupaError(
    'idempotency_in_progress',
    'The first request with this Idempotency-Key is still being served. Send the same request again shortly.',
  )
}

function erased({ jobId }: KeyClaim): LupaError {
  return new LupaError(
    'idempotency_erased',
    `The first request with this Idempotency-Key made ${jobId}, which was erased since. To run it again, send it with a new key.`,
  )
}

function reused(key: string): LupaError {
  return new LupaError(
    'idempotency_key_reused',
    `The Idempotency-Key ${JSON.stringify(key)} stands for another request already: give each new request a key of its own, such as a UUID.`,
  )
}

const MAX_KEY_LENGTH = 255

/** The key of a request; undefined when it has none. */
export function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  if (typeof header !== 'string' || header.length > MAX_KEY_LENGTH || !/^[\x20-\x7e]+$/.test(header)) {
    throw new LupaError(
      'invalid_parameter',
      `The Idempotency-Key must be 1 to ${MAX_KEY_LENGTH} printable ASCII characters, given once: a UUID is a good one.`,
    )
  }
  return header
}
