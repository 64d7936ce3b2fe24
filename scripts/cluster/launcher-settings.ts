import { resolve } from 'node:path'
import { readSettings } from '@lupa/core/runtime/env'
import { isLoopback, SharedSettings } from '@lupa/core/runtime/settings'
import { GatewaySettings } from '../../apps/gateway/src/config.ts'
import { WorkerSettings } from '../../apps/worker/src/config.ts'

/** The variables that `npm start` itself reads; gateway and workers read their own. */
export const LauncherSettings = SharedSettings.extend({
  PORT: GatewaySettings.shape.PORT,
  WORKERS: WorkerSettings.shape.WORKERS,
  WORKER_PORT: WorkerSettings.shape.WORKER_PORT.describe(
    'Where the first worker answers /livez, /readyz and /metrics; the others take the ports after it. `0` is any free one.',
  ),
})

export interface LauncherConfig {
  host: string
  port: number
  workers: number
  /** One for each worker; 0: any that is free. */
  workerPorts: number[]
  redisUrl: string | undefined
  dataDirectory: string
  modelsDirectory: string
  defaultModel: string
}

export function readLauncherConfig(env: NodeJS.ProcessEnv = process.env): LauncherConfig {
  const settings = readSettings(LauncherSettings, env)
  return {
    host: settings.HOST,
    port: settings.PORT,
    workers: settings.WORKERS,
    workerPorts: portsFrom(settings.WORKER_PORT, settings.WORKERS),
    redisUrl: settings.REDIS_URL,
    dataDirectory: resolve(settings.DATA_DIR),
    modelsDirectory: resolve(settings.MODELS_DIR),
    defaultModel: settings.DEFAULT_MODEL,
  }
}

function portsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (first === 0 ? 0 : first + index))
}

/** Where a person on this machine reaches the gateway. */
export function urlOf({ host, port }: Pick<LauncherConfig, 'host' | 'port'>): string {
  return `http://${isLoopback(host) || isEveryAddress(host) ? 'localhost' : bracketed(host)}:${port}`
}

/** Where this process reaches it: `localhost` could lead to another program on the other IP version. */
export function directUrlOf({ host, port }: Pick<LauncherConfig, 'host' | 'port'>): string {
  return `http://${isEveryAddress(host) ? '127.0.0.1' : bracketed(host)}:${port}`
}

const isEveryAddress = (host: string) => host === '0.0.0.0' || host === '::'
const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host)
