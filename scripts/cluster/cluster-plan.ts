import { get, type RequestOptions } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { directUrlOf, type LauncherConfig } from './launcher-settings.ts'
import type { ChildSpec } from './supervised-child.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const POLL_MS = 100
/** Threads that help to collect garbage would take the cores of the models. */
const ONE_COLLECTOR = '--single-threaded-gc'
/** In MiB; with Node's own 16 what belongs to requests that wait is collected, and kept, again and again. */
const ROOM_FOR_UPLOADS = '--max-semi-space-size=32'

/** The gateway; ready when it says so. */
export function gatewayChild(env: NodeJS.ProcessEnv, config: LauncherConfig): ChildSpec {
  return {
    name: 'gateway',
    command: process.execPath,
    args: [ONE_COLLECTOR, ROOM_FOR_UPLOADS, join(ROOT, 'apps/gateway/src/main.ts')],
    env,
    ready: (stopping) =>
      until(async () => (await ask(`${directUrlOf(config)}/readyz`)).status === 200, stopping),
  }
}

/** The workers; ready when the gateway hears of them all. */
export function workerChildren(env: NodeJS.ProcessEnv, config: LauncherConfig): ChildSpec[] {
  return config.workerPorts.map((port, index) => ({
    name: `worker-${index + 1}`,
    command: process.execPath,
    args: [ONE_COLLECTOR, join(ROOT, 'apps/worker/src/main.ts')],
    // Here nobody else would take the jobs.
    env: { ...env, WORKER_ROLE: 'worker', WORKER_NAME: `worker-${index + 1}`, WORKER_PORT: `${port}` },
    ready: (stopping) => until(async () => (await workersAlive(config)) >= config.workers, stopping),
  }))
}

async function workersAlive(config: LauncherConfig): Promise<number> {
  const { status, body } = await ask(`${directUrlOf(config)}/health`)
  if (status !== 200) return 0
  const { workers } = JSON.parse(body) as { workers?: number | null }
  // It tells how many only to clients, and where tokens alone are taken the launcher is none.
  return workers === undefined ? config.workers : (workers ?? 0)
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

async function until(isTrue: () => Promise<boolean>, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted && !(await isTrue())) await sleep(POLL_MS)
}

function credentialsFor({ API_USERNAME, API_PASSWORD, API_KEYS }: NodeJS.ProcessEnv): RequestOptions {
  if (API_USERNAME) return { auth: `${API_USERNAME}:${API_PASSWORD}` }
  const [, key] = API_KEYS?.split(',')[0]?.trim().split(':') ?? []
  return key ? { headers: { 'x-api-key': key } } : {}
}

/** By plain HTTP: `fetch` refuses ports like 5060 and 6000, which the gateway does not. */
function ask(url: string): Promise<{ status: number | undefined; body: string }> {
  const { promise, resolve } = Promise.withResolvers<{ status: number | undefined; body: string }>()
  const auth = credentialsFor(process.env)
  const noAnswer = () => resolve({ status: undefined, body: '' })
  const request = get(url, { agent: false, timeout: 2_000, ...auth }, (answer) => {
    let body = ''
    answer.on('data', (chunk) => (body += chunk)).on('error', noAnswer)
    answer.on('end', () => resolve({ status: answer.statusCode, body }))
  })
  request.on('timeout', () => request.destroy())
  request.on('error', noAnswer)
  return promise
}
