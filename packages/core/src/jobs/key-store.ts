/** Idempotency keys: which request a client's key stands for. */
export interface KeyStore {
  /** Keeps the claim unless the client's key has one that has not expired; resolves to the one that holds. */
  claimKey(claim: KeyClaim): Promise<HeldClaim>
  /** Forgets a claim whose request came to nothing. */
  releaseKey(client: string, key: string, jobId: string): Promise<void>
  /** Notes of the claim on this job or batch that what was made is erased; written before it is. */
  noteErased(jobId: string): Promise<void>
  /** Removes claims that expired before `now`; resolves to how many. */
  sweepKeys(now: Date): Promise<number>
}

export interface KeyClaim {
  client: string
  key: string
  /** SHA-256 of what was asked. */
  fingerprint: string
  /** The job or the batch that was, or is being, made for it. */
  jobId: string
  claimedAt: string
  expiresAt: string
}

export interface HeldClaim extends KeyClaim {
  /** What was made for it is erased, or about to be: nothing is to be made for it again. */
  erased: boolean
}
