import { ProblemError } from './library/errors.ts'
import type { Lupa } from './library/lupa.ts'

/** What administrators ask of a running Lupa. */
export interface Gateway {
  /** Points an alias of a model to one of its versions, once the workers have loaded that. */
  promote(wish: Promotion): Promise<GatewayModel>
  /** The caller's newest jobs that succeeded with the model, without those whose image is gone. */
  listJobImages(model: string, limit: number): Promise<JobImage[]>
  createKey(wish: KeyWish): Promise<NewGatewayKey>
  /** All of them, the newest first. */
  listKeys(): Promise<GatewayKey[]>
  /** Gives a key a new secret; as it was it stays good for so many hours. */
  rotateKey(id: string, overlapHours: number): Promise<NewGatewayKey>
  revokeKey(id: string): Promise<GatewayKey>
}

export interface KeyWish {
  client: string
  name?: string
  scopes?: string[]
  expires_in_days?: number
  rate_limit_per_minute?: number
}

/** An API key as the gateway shows it. */
export interface GatewayKey {
  id: string
  name: string
  client: string
  scopes: string[]
  status: 'active' | 'expired' | 'revoked'
  expires_at: string | null
  last_used_at: string | null
  previous_until: string | null
}

/** With the key itself, which is shown when it is made and never again. */
export interface NewGatewayKey extends GatewayKey {
  key: string
}

export interface Promotion {
  name: string
  version: string
  alias: string
  /** How long the workers may take to load the version; 0: the switch does not wait for them. */
  waitSeconds: number
}

/** A model as the gateway shows it. */
export interface GatewayModel {
  name: string
  version: string
  default: boolean
  available: boolean
  failure: string | null
  task: string | null
  classes: string[] | null
  imgsz: { width: number; height: number } | null
  digest: string | null
  bytes: number | null
  licence: string | null
  aliases?: string[]
}

export interface JobImage {
  id: string
  sha256: string
  /** Resolves to undefined when it is not stored any more. */
  read(): Promise<Uint8Array | undefined>
}

const LONGEST_ANSWER_MS = 30_000

export function createGateway(lupa: Lupa): Gateway {
  function ask<T>(
    method: string,
    path: string,
    { json, timeoutMs }: { json?: unknown; timeoutMs?: number } = {},
  ): Promise<T> {
    return lupa.request(method, path, {
      json,
      timeoutMs,
      read: (response) => response.json() as Promise<T>,
    })
  }

  return {
    promote({ name, version, alias, waitSeconds }) {
      const path = `/v1/models/${encodeURIComponent(name)}/aliases/${encodeURIComponent(alias)}`
      const wish = { version, ...(waitSeconds > 0 ? { wait_warm_seconds: waitSeconds } : {}) }
      return ask('PUT', path, { json: wish, timeoutMs: LONGEST_ANSWER_MS + waitSeconds * 1000 })
    },

    async listJobImages(model, limit) {
      const images: JobImage[] = []
      for await (const { id, image } of lupa.list({ model, status: 'succeeded' })) {
        if (images.length >= limit) break
        images.push({ id, sha256: image.sha256, read: () => readImage(id) })
      }
      return images
    },

    createKey: (wish) => ask('POST', '/v1/keys', { json: wish }),

    async listKeys() {
      const keys: GatewayKey[] = []
      for await (const key of lupa.pages<GatewayKey>('/v1/keys')) keys.push(key)
      return keys
    },

    rotateKey: (id, overlapHours) =>
      ask('POST', `/v1/keys/${encodeURIComponent(id)}/rotate`, { json: { overlap_hours: overlapHours } }),

    revokeKey: (id) => ask('DELETE', `/v1/keys/${encodeURIComponent(id)}`),
  }

  async function readImage(id: string): Promise<Uint8Array | undefined> {
    try {
      return new Uint8Array(await (await lupa.image(id)).arrayBuffer())
    } catch (error) {
      if (error instanceof ProblemError && error.status === 404) return undefined
      throw error
    }
  }
}
