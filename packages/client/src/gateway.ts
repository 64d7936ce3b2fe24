import type { Job } from '@lupa/core/domain/job'
import { CommandError } from './command-error.ts'
import type { ClientConfig } from './config.ts'

/** A running Lupa, over HTTP. */
export interface Gateway {
  listModels(): Promise<GatewayModel[]>
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
const PAGE = 100

export function createGateway(url: string, credentials: ClientConfig['gateway']['credentials']): Gateway {
  const base = url.replace(/\/+$/, '')
  const authorization = credentials && toAuthorization(credentials)

  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (authorization) headers.set('authorization', authorization)
    const signal = init.signal ?? AbortSignal.timeout(LONGEST_ANSWER_MS)
    return fetch(`${base}${path}`, { ...init, headers, signal }).catch((thrown: Error) => {
      throw new CommandError(
        `No gateway answers at ${base} (${reasonOf(thrown)}). Start one with \`npm start\`, or name another with --url or LUPA_URL.`,
        { cause: thrown },
      )
    })
  }

  async function askJson<T>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await ask(path, init)
    if (response.ok) return (await response.json()) as T
    throw new CommandError(await explain(response, base))
  }

  return {
    async listModels() {
      return (await askJson<{ data: GatewayModel[] }>('/v1/models')).data
    },

    promote({ name, version, alias, waitSeconds }) {
      const path = `/v1/models/${encodeURIComponent(name)}/aliases/${encodeURIComponent(alias)}`
      const wish = { version, ...(waitSeconds > 0 ? { wait_warm_seconds: waitSeconds } : {}) }
      return askJson(path, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(wish),
        signal: AbortSignal.timeout(LONGEST_ANSWER_MS + waitSeconds * 1000),
      })
    },

    async listJobImages(model, limit) {
      const images: JobImage[] = []
      let cursor: string | null | undefined
      do {
        const query = new URLSearchParams({ model, status: 'succeeded', limit: `${Math.min(PAGE, limit)}` })
        if (cursor) query.set('cursor', cursor)
        const page = await askJson<{ data: Job[]; next_cursor?: string | null }>(
          `/v1/jobs?${query.toString()}`,
        )
        images.push(
          ...page.data.map(({ id, image }) => ({ id, sha256: image.sha256, read: () => readImage(id) })),
        )
        cursor = page.next_cursor
      } while (cursor && images.length < limit)
      return images.slice(0, limit)
    },

    createKey(wish) {
      return askJson('/v1/keys', postJson(wish))
    },

    async listKeys() {
      const keys: GatewayKey[] = []
      let cursor: string | null | undefined
      do {
        const query = new URLSearchParams({ limit: `${PAGE}`, ...(cursor ? { cursor } : {}) })
        const page = await askJson<{ data: GatewayKey[]; next_cursor?: string | null }>(
          `/v1/keys?${query.toString()}`,
        )
        keys.push(...page.data)
        cursor = page.next_cursor
      } while (cursor)
      return keys
    },

    rotateKey(id, overlapHours) {
      return askJson(`/v1/keys/${encodeURIComponent(id)}/rotate`, postJson({ overlap_hours: overlapHours }))
    },

    revokeKey(id) {
      return askJson(`/v1/keys/${encodeURIComponent(id)}`, { method: 'DELETE' })
    },
  }

  async function readImage(id: string): Promise<Uint8Array | undefined> {
    const response = await ask(`/v1/jobs/${id}/image`)
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined
  }
}

function toAuthorization(credentials: NonNullable<ClientConfig['gateway']['credentials']>): string {
  if ('apiKey' in credentials) return `Bearer ${credentials.apiKey}`
  return `Basic ${btoaUtf8(`${credentials.username}:${credentials.password}`)}`
}

const postJson = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/** The URL that was asked for, or LUPA_URL. */
export function gatewayUrl(asked: string | undefined, config: ClientConfig): string {
  const url = asked ?? config.gateway.url
  if (url) return url
  throw new CommandError(
    'Which gateway? Start one with `npm start`, then say where it is: --url http://localhost:5000, or LUPA_URL.',
  )
}

/** What the gateway's problem document says. */
async function explain(response: Response, base: string): Promise<string> {
  const problem = (await response.json().catch(() => ({}))) as { title?: string; detail?: string }
  const said = [problem.title, problem.detail].filter(Boolean).join(': ') || response.statusText
  return `${base} refused (${response.status}). ${said}${HINTS[response.status] ?? ''}`
}

const HINTS: Record<number, string> = {
  401: ' Set API_USERNAME and API_PASSWORD as the gateway has them, or LUPA_API_KEY to an API key.',
  403: ' Set API_USERNAME and API_PASSWORD as the gateway has them, or LUPA_API_KEY to a key that may.',
}

/** `fetch` hides in the cause what went wrong. */
function reasonOf(thrown: Error): string {
  const { cause } = thrown as { cause?: { code?: string; message?: string } }
  return cause?.code ?? cause?.message ?? thrown.message
}

const btoaUtf8 = (text: string) => Buffer.from(text).toString('base64')
