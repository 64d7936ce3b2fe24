import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { JobRecord } from '@lupa/core/domain/job'
import { createFolderImageStore } from '@lupa/core/images/folder-image-store'
import { createBullmqJobQueue } from '@lupa/core/jobs/bullmq-job-queue'
import { producerConnection, untilReady } from '@lupa/core/jobs/redis-connection'
import { createRedisJobEvents } from '@lupa/core/jobs/redis-job-events'
import { createSqliteRecordStore } from '@lupa/core/jobs/sqlite-record-store'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import { createLogger } from '@lupa/core/runtime/logger'
import sharp from 'sharp'
import { aJobRecord } from '../../../packages/core/test/job-records.ts'
import { startRedisServer } from '../../../packages/core/test/services/redis-server.ts'

const MAIN = resolve(import.meta.dirname, '../src/main.ts')
const MODELS = resolve(import.meta.dirname, '../../../models')

/** Real workers on one machine, with what the gateway would have: the stores, the queue and the events. */
export async function startWorkerFleet() {
  const directory = mkdtempSync(join(tmpdir(), 'lupa-fleet-'))
  const server = await startRedisServer()
  const logger = createLogger('test', { level: 'silent', pretty: false })
  const redis = producerConnection({ redisUrl: server.url, logger })
  await untilReady(redis, { timeoutMs: 5000 })
  const imageStore = createFolderImageStore({ directory: join(directory, 'images') })
  const jobStore = createSqliteRecordStore({ file: join(directory, 'jobs.sqlite'), synchronous: 'NORMAL' })
  const jobQueue = createBullmqJobQueue({ redisUrl: server.url, logger })
  const events = createRedisJobEvents({ redis, hotSeconds: 60, logger })
  const { name, version, task, digest } = await createFolderModelCatalog({ directory: MODELS }).resolve(
    'bottle-status',
  )
  const model = { name, version, task, digest }
  const workers: WorkerProcess[] = []

  async function get(id: string): Promise<JobRecord> {
    const record = await jobStore.get(id)
    if (!record) throw new Error(`There is no job ${id}`)
    return record
  }

  return {
    redis,
    redisUrl: server.url,
    imageStore,
    jobStore,
    jobQueue,
    events,
    get,

    /** A job as the gateway accepts it: image, record, queue. */
    async accept(picture: Uint8Array, overrides: Parameters<typeof aJobRecord>[0] = {}): Promise<JobRecord> {
      const record = aJobRecord({ model, ...overrides })
      await imageStore.put(record.id, picture, { contentType: 'image/jpeg' })
      await jobStore.create(record)
      await jobQueue.enqueue(record)
      return record
    },

    async statuses(records: JobRecord[]): Promise<Record<string, number>> {
      const counts: Record<string, number> = {}
      for (const { status } of await Promise.all(records.map(({ id }) => get(id)))) {
        counts[status] = (counts[status] ?? 0) + 1
      }
      return counts
    },

    /** Resolves once the worker takes jobs, or keeps house. */
    async startWorker(env: Record<string, string> = {}, main = MAIN): Promise<WorkerProcess> {
      const worker = await startWorkerProcess(main, {
        REDIS_URL: server.url,
        DATA_DIR: directory,
        MODELS_DIR: MODELS,
        JOB_STORE: 'sqlite',
        IMAGE_STORE: 'folder',
        WORKER_SLOTS: '1',
        WORKER_THREADS: '1',
        ...env,
      })
      workers.push(worker)
      return worker
    },

    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.kill()))
      await jobQueue.close()
      redis.disconnect()
      await server[Symbol.asyncDispose]()
      await jobStore.close()
      rmSync(directory, { recursive: true })
    },
  }
}

export type WorkerFleet = Awaited<ReturnType<typeof startWorkerFleet>>

export interface WorkerProcess {
  pid: number
  /** Each line it logged, as far as it is JSON. */
  logged: { msg: string; [field: string]: unknown }[]
  /** Resolves to its exit code, or to the signal that ended it. */
  exited: Promise<number | string>
  signal(name: NodeJS.Signals): void
  /** Resolves when it is gone, whatever state it was in. */
  kill(): Promise<void>
}

async function startWorkerProcess(main: string, env: Record<string, string>): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const logged: WorkerProcess['logged'] = []
  const ready = Promise.withResolvers<void>()
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  void exited.then((how) => ready.reject(new Error(`The worker ended (${how}): ${JSON.stringify(logged)}`)))
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return
    const entry = JSON.parse(line)
    logged.push(entry)
    if (/^worker (?:takes jobs|keeps house)/.test(entry.msg)) ready.resolve()
  })
  const signal = (name: NodeJS.Signals) => void child.kill(name)
  async function kill(): Promise<void> {
    signal('SIGKILL')
    await exited
  }
  await ready.promise.catch(async (error: unknown) => {
    await kill()
    throw error
  })
  return { pid: child.pid ?? -1, logged, exited, signal, kill }
}

const SAMPLES = resolve(MODELS, 'bottle-status/samples')

/** A small picture, computed in milliseconds. */
export const quickPicture = (): Uint8Array => readFileSync(join(SAMPLES, 'aberta-1.jpg'))

/** A picture of many pixels, that takes some tenths of a second to decode. */
export function slowPicture(): Promise<Uint8Array> {
  const size = { width: 7000, height: 7000, channels: 3 as const }
  return sharp({ create: { ...size, background: 'white' } })
    .png({ compressionLevel: 1 })
    .toBuffer()
}
