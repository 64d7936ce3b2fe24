import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from '@lupa/core/domain/job'
import { endingWithThis } from '@lupa/core/runtime/end-with-parent'
import { freePort } from '../../packages/core/test/services/redis-server.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** It takes seconds, and far longer on a machine that is busy with something else. */
const READY_MS = 180_000

/** The real thing, as `npm start` runs it, on free ports and in a folder of its own. Ends with this process, however that is. */
export interface Lupa extends AsyncDisposable {
  url: string
  launcher: ChildProcess
  dataDirectory: string
  /** What all its processes have printed so far. */
  log: () => string
  /** Process ids of everything the launcher started, and their descendants. */
  processes: () => Process[]
  /** Resolves to the launcher's exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export interface Process {
  pid: number
  parent: number
  command: string
}

export async function startLupa(env: NodeJS.ProcessEnv = {}): Promise<Lupa> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'lupa-e2e-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const settings = { DATA_DIR: dataDirectory, PORT: `${port}`, LOG_PRETTY: 'false', ...env }
  const launcher = spawn(process.execPath, [join(ROOT, 'scripts/start.ts')], {
    cwd: ROOT,
    ...endingWithThis({ ...process.env, ...settings }, ['pipe', 'pipe']),
  })
  let log = ''
  launcher.stdout?.on('data', (chunk) => (log += chunk))
  launcher.stderr?.on('data', (chunk) => (log += chunk))
  const ended = once(launcher, 'exit')

  async function stop(signal: NodeJS.Signals = 'SIGTERM') {
    if (launcher.exitCode === null && launcher.signalCode === null) {
      launcher.kill(signal)
      await ended
    }
    return launcher.exitCode
  }

  const lupa: Lupa = {
    url,
    launcher,
    dataDirectory,
    log: () => log,
    processes: () => descendantsOf(launcher.pid ?? 0),
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      rmSync(dataDirectory, { recursive: true, force: true })
    },
  }
  try {
    await untilReady(lupa, basicOf(env))
    return lupa
  } catch (error) {
    await lupa[Symbol.asyncDispose]()
    throw error
  }
}

/** Only those who may use the service are told how many workers there are. */
function basicOf({ API_USERNAME, API_PASSWORD }: NodeJS.ProcessEnv): Record<string, string> {
  if (API_PASSWORD === undefined) return {}
  return { authorization: `Basic ${Buffer.from(`${API_USERNAME}:${API_PASSWORD}`).toString('base64')}` }
}

async function untilReady({ url, launcher, log }: Lupa, headers: Record<string, string>): Promise<void> {
  const deadline = Date.now() + READY_MS
  for (;;) {
    const health = await getJson<Health>(`${url}/health`, headers).catch(() => undefined)
    if (health?.status === 'ready' && health.workers > 0) return
    if (launcher.exitCode !== null) throw new Error(`Lupa ended at start:\n${log()}`)
    if (Date.now() > deadline) throw new Error(`Lupa was not ready after ${READY_MS} ms:\n${log()}`)
    await sleep(100)
  }
}

/** All processes that a process started, and those that these did. Linux only, like the launcher's own checks. */
export function descendantsOf(root: number): Process[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? [])
  const found = all.filter(({ parent }) => parent === root)
  return found.flatMap((process) => [process, ...descendantsOf(process.pid)])
}

function readProcess(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command in parentheses may hold spaces: the parent is the second word after it.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z') return undefined
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return { pid, parent: Number(parent), command }
  } catch {
    return undefined
  }
}

interface Health {
  status: string
  workers: number
}

export async function getJson<T>(url: string, headers: Record<string, string> = {}): Promise<T> {
  const response = await fetch(url, { headers })
  return (await response.json()) as T
}

export interface Submitted {
  status: number
  headers: Headers
  body: Job & { code?: string; detail?: string; error?: unknown }
}

/** Posts a picture as `curl -F image=@…` does. */
export async function post(
  url: string,
  picture: Uint8Array,
  {
    name = 'picture.jpg',
    headers = {},
    fields = {},
  }: { name?: string; headers?: Record<string, string>; fields?: Record<string, string> } = {},
): Promise<Submitted> {
  const form = new FormData()
  for (const [field, value] of Object.entries(fields)) form.append(field, value)
  form.append('image', new Blob([Uint8Array.from(picture)]), name)
  const response = await fetch(url, { method: 'POST', body: form, headers })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Submitted['body'],
  }
}

/** Polls a job until it is done. */
export async function untilDone(url: string, id: string, timeoutMs = 60_000): Promise<Job> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const job = await getJson<Job>(`${url}/v1/jobs/${id}`)
    if (job.done) return job
    if (Date.now() > deadline) throw new Error(`Job ${id} was not done in time: ${JSON.stringify(job)}`)
    await sleep(100)
  }
}

/** A JPEG that decodes as the one given but has bytes of its own: data after its end is ignored. */
export function distinct(jpeg: Uint8Array, mark: string): Uint8Array {
  return Buffer.concat([jpeg, Buffer.from(`lupa-test ${mark}`)])
}
