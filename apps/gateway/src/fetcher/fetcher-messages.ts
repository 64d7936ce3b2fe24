import type { ErrorCode } from '@lupa/core/domain/errors'
import type { Outbound } from '@lupa/core/webhooks/guard-address'

/** What a process that fetches is started with, as JSON in its arguments. */
export interface FetcherOptions {
  outbound: Outbound
  maxImageBytes: number
  timeoutMs: number
  /** It ends itself beyond. */
  rssLimitBytes: number
}

export type FetcherRequest = { type: 'fetch'; id: number; url: string } | { type: 'abort'; id: number }

export type FetcherReply =
  | { type: 'ready' }
  | { type: 'fetched'; id: number; image: Uint8Array; imageName: string | null }
  | { type: 'failed'; id: number; code: ErrorCode; message: string }
