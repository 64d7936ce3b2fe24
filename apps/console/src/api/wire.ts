import type { ApiKey } from '@lupa/core/domain/api-key'
import type { DeliveryLog } from '@lupa/core/domain/delivery'
import type { Job } from '@lupa/core/domain/job'
import type { Task } from '@lupa/core/domain/prediction'

// What the gateway answers, as far as the core does not say it: see /openapi.json.

export interface List<T> {
  data: T[]
  next_cursor: string | null
}

export interface Model {
  name: string
  version: string
  aliases: string[]
  default: boolean
  available: boolean
  failure: string | null
  task: Task | null
  classes: string[] | null
  imgsz: { width: number; height: number } | null
  digest: string | null
  bytes: number | null
  licence: string | null
  description: string | null
  warm_workers: number
}

export interface ModelDetails extends Model {
  versions: string[]
  metrics: Record<string, unknown> | null
  trained_on: unknown
  limits: unknown
}

export interface ModelSample {
  name: string
  url: string
}

export interface Queue {
  waiting: number
  delayed: number
  running: number
  oldest_waiting_seconds: number | null
  rate_per_second: number | null
  eta_seconds: number | null
  limit: number
  taken: number
  taken_by_you: number
  workers: { name: string; slots: number; busy: number }[]
}

export type DeadJob = Job & { client: string }

export type NewApiKey = ApiKey & { key: string }

export interface WebhookSecret {
  secret: string
  previous_until: string | null
}

export interface WebhookTest {
  delivered: boolean
  duration_ms: number
  response_status: number | null
  error: string | null
}

export type { ApiKey, DeliveryLog, Job }
