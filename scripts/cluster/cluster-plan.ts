import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { directUrlOf, type LauncherConfig } from './launcher-settings.ts'
import type { ChildSpec } from './supervised-child.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const POLL_MS = 100

/** The gateway; ready when it says so. */
export function gatewayChild(env: NodeJS.ProcessEnv, config: LauncherConfig): ChildSpec {
  return {
    name: 'gateway',
    command: process.execPath,
    args: [join(ROOT, 'apps/gateway/src/main.ts')],
    env,
    ready: (stopping) => untilOk(`${directUrlOf(config)}/readyz`, stopping),
  }
}

export function workerChildren(env: NodeJS.ProcessEnv, config: LauncherConfig): ChildSpec[] {
  return Array.from({ length: config.workers }, (_, index) => ({
    name: `worker-${index + 1}`,
    command: process.execPath,
    args: [join(ROOT, 'apps/worker/src/main.ts')],
    env: { ...env, WORKER_NAME: `worker-${index + 1}` },
  }))
}

/** What the children are told beside what this process was told. */
export function childEnvironment(config: LauncherConfig, redisUrl: string): NodeJS.ProcessEnv {
  return {
    HOST: config.host,
    PORT: String(config.port),
    REDIS_URL: redisUrl,
    DATA_DIR: config.dataDirectory,
    MODELS_DIR: config.modelsDirectory,
    LOG_PRETTY: process.env.LOG_PRETTY || (process.stdout.isTTY ? 'true' : 'false'),
  }
}

async function untilOk(url: string, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted && (await statusOf(url)) !== 200) await sleep(POLL_MS)
}

/** By plain HTTP: `fetch` refuses ports like 5060 and 6000, which the gateway does not. */
function statusOf(url: string): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  const request = get(url, { agent: false, timeout: 2_000 }, (answer) => {
    answer.resume()
    resolve(answer.statusCode)
  })
  request.on('timeout', () => request.destroy())
  request.on('error', () => resolve(undefined))
  return promise
}
