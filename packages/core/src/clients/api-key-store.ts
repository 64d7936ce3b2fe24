import type { ApiKeyRecord } from '../domain/api-key.ts'

/** API keys, by their ids. What clients send is never stored, only keyed digests of it. */
export interface ApiKeyStore {
  /** Resolves to false when a key of this id exists already; it is left as it is. */
  createApiKey(key: ApiKeyRecord): Promise<boolean>
  getApiKey(id: string): Promise<ApiKeyRecord | undefined>
  /** The newest first. */
  listApiKeys(page: {
    before?: { createdAt: string; id: string } | undefined
    limit: number
  }): Promise<ApiKeyRecord[]>
  /** Resolves to the key as it is then; undefined when there is none. */
  revokeApiKey(id: string, at: Date): Promise<ApiKeyRecord | undefined>
  /** Gives the key a new digest, and keeps the one it had until then. One that is revoked stays as it is. */
  rotateApiKey(
    id: string,
    rotation: { digest: string; at: Date; previousUntil: Date },
  ): Promise<ApiKeyRecord | undefined>
  /** Notes when keys were used, by id; passes over keys that are not there. */
  noteApiKeyUses(uses: ReadonlyMap<string, Date>): Promise<void>
}
