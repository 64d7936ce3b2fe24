import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ERRORS, LupaError } from '@lupa/core/domain/errors'
import type { FetcherOptions, FetcherReply, FetcherRequest } from './fetcher-messages.ts'
import type { FetchedImage } from './image-fetcher.ts'
import { EXIT_OUT_OF_MEMORY } from './run-fetch-child.ts'

/** A child process that fetches images, several at once. */
export interface FetchProcess {
  readonly pid: number | undefined
  isAlive(): boolean
  /** Rejects as an `ImageFetcher` does, and with `FetchProcessEnded`. */
  fetch(url: string, signal?: AbortSignal): Promise<FetchedImage>
  /** Resolves when it is gone. */
  kill(): Promise<void>
}

/** It ended while it was fetching: perhaps for what it fetched, perhaps for another image. */
export class FetchProcessEnded extends Error {
  override readonly name = 'FetchProcessEnded'
  /** False: it could not even start, for which no image is to blame. */
  readonly hadStarted: boolean

  constructor(how: string, hadStarted: boolean) {
    super(how)
    this.hadStarted = hadStarted
  }
}

export interface FetchProcessOptions extends FetcherOptions {
  entry: URL
  /** `lastWords` are what it wrote last to its standard error. */
  onEnd: (how: string, lastWords: string) => void
}

/** Beyond the time that a fetch may take, before the process counts as hung. */
const HANGS_AFTER_MS = 2000
const HEAP_MIB = 128
const LAST_WORDS_LENGTH = 4096

/** The code of the workspace, and nothing else on the disk: not the data folder, which may lie beside it. */
const READABLE = ['apps/gateway/', 'packages/core/', 'node_modules/'].map((folder) =>
  fileURLToPath(new URL(`../../../../${folder}`, import.meta.url)),
)

/** What finding other machines needs. Of settings, and so of credentials, there are none. */
const PASSED_ON = /^(SYSTEMROOT|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|SSL_CERT_FILE|SSL_CERT_DIR)$/i

export function startFetchProcess({ entry, onEnd, ...options }: FetchProcessOptions): FetchProcess {
  const child = fork(entry, [JSON.stringify(options satisfies FetcherOptions)], {
    execPath: process.execPath,
    // It may start no process and no thread, load no native code, write nothing: https://nodejs.org/api/permissions.html
    execArgv: [
      '--permission',
      ...READABLE.map((folder) => `--allow-fs-read=${folder}`),
      `--max-old-space-size=${HEAP_MIB}`,
    ],
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))),
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const underway = new Map<number, PromiseWithResolvers<FetchedImage>>()
  let lastId = 0
  let ended: FetchProcessEnded | undefined

  let hasStarted = false
  let lastWords = ''

  child.on('message', (reply: FetcherReply) => {
    if (reply.type === 'ready') hasStarted = true
    else if (reply.type === 'failed') underway.get(reply.id)?.reject(toError(reply))
    else underway.get(reply.id)?.resolve({ image: toBuffer(reply.image), imageName: reply.imageName })
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-LAST_WORDS_LENGTH)
  })
  // Not at its exit: a reply that it had sent already may come after that.
  child.once('close', (code, signal) => end(describeEnd(code, signal)))
  // Without a pid it never ran, and no end follows.
  child.once('error', ({ message }) => (child.pid === undefined ? end(message) : child.kill('SIGKILL')))

  function end(how: string): void {
    if (ended) return
    ended = new FetchProcessEnded(how, hasStarted)
    for (const { reject } of underway.values()) reject(ended)
    onEnd(how, lastWords)
  }

  function send(request: FetcherRequest): void {
    // A channel that is closed means that the end is on its way, and that tells.
    if (child.connected) child.send(request, () => {})
  }

  return {
    pid: child.pid,
    isAlive: () => !ended && !child.killed && child.exitCode === null && child.signalCode === null,

    async fetch(url, signal) {
      if (ended) throw ended
      signal?.throwIfAborted()
      const id = ++lastId
      const answer = Promise.withResolvers<FetchedImage>()
      const hangs = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs + HANGS_AFTER_MS)
      const abort = () => send({ type: 'abort', id })
      underway.set(id, answer)
      signal?.addEventListener('abort', abort)
      send({ type: 'fetch', id, url })
      try {
        return await answer.promise
      } finally {
        clearTimeout(hangs)
        underway.delete(id)
        signal?.removeEventListener('abort', abort)
      }
    },

    async kill() {
      child.kill('SIGKILL')
      if (!ended) await once(child, 'close')
    },
  }
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  if (code === EXIT_OUT_OF_MEMORY) return 'it took too much memory'
  return signal ? `signal ${signal}` : `exit code ${code}`
}

/** The process has read what strangers wrote: its word is looked at, too. */
function toError({ code, message }: { code: string; message: string }): LupaError {
  const isOwn = code.startsWith('image_') && code in ERRORS
  return new LupaError(isOwn ? (code as keyof typeof ERRORS) : 'image_url_failed', message)
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
