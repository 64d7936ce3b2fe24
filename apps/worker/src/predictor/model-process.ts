import { type ChildProcess, fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import { LupaError } from '@lupa/core/domain/errors'
import { compiledCodeFolder } from './compiled-code.ts'
import { OUT_OF_MEMORY } from './error-message.ts'
import type { ChildOptions, Message, Reply, Request } from './messages.ts'
import { tellsOutOfMemory } from './out-of-memory.ts'

/** A child process that runs models, one request at a time. */
export interface ModelProcess {
  readonly pid: number
  /** Resolves to how it ended, in words; never rejects. */
  readonly exited: Promise<string>
  /** False from the moment that it ends or is killed. */
  isAlive(): boolean
  /** What it said last of itself. */
  readonly state: { loaded: ReadonlySet<string>; rssBytes: number; cpuSeconds: number; jobs: number }
  /**
   * Rejects with `execution_timeout`, `worker_lost`, `out_of_memory` or the signal's reason; in all four
   * cases the process is gone or being killed. The cause of `worker_lost` is its `ChildEnd`.
   */
  ask(request: Request, options: AskOptions): Promise<Reply>
  kill(): void
}

export interface AskOptions {
  timeoutMs: number
  signal?: AbortSignal | undefined
  /** Of those who ask: told with what the process writes from then on. */
  traceIds?: readonly string[]
}

/** How a process ended: by a signal, or with an exit code. Both null: it never ran. */
export interface ChildEnd {
  signal: NodeJS.Signals | null
  exitCode: number | null
}

export interface StartOptions extends ChildOptions {
  entry: URL
  timeoutMs: number
  signal: AbortSignal
  /** Told each line that it writes to its standard error: native libraries do. */
  onWords?: ((line: string, pid: number, traceIds: readonly string[]) => void) | undefined
}

/** Resolves when the process is ready for requests. Rejects when it ends before, or takes too long. */
export async function startModelProcess(options: StartOptions): Promise<ModelProcess> {
  const { entry, threads, maxImagePixels } = options
  options.signal.throwIfAborted()
  const child = fork(entry, [JSON.stringify({ threads, maxImagePixels } satisfies ChildOptions)], {
    execPath: process.execPath,
    // Pictures are large and short-lived, so garbage is collected often: helpers would take other slots' cores.
    execArgv: ['--single-threaded-gc', '--expose-gc'],
    env: innocentEnvironment(process.env),
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  const started = watch(child, options.onWords)
  try {
    await started.listen(options, isReady, `It was not ready within ${options.timeoutMs / 1000} s.`)
  } catch (thrown) {
    await started.process.exited
    throw thrown
  }
  return started.process
}

/** Nothing secret goes to the process that opens strangers' images. */
const PASSED_ON =
  /^(PATH|HOME|USERPROFILE|TMPDIR|TEMP|TMP|TZ|LANG|LC_\w+|LD_LIBRARY_PATH|SYSTEMROOT|OMP_\w+|ORT_\w+)$/i

/**
 * glibc's. Each of its arenas keeps what it freed: with two a child's memory stays near what it uses. Weights and
 * tensors in pages of 2 MiB, where the kernel has them, are read 3 to 8 % faster.
 * https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
 */
const ALLOCATOR = { MALLOC_ARENA_MAX: '2', GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' }

function innocentEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = Object.entries(env).filter(([name]) => PASSED_ON.test(name))
  const compiled = compiledCodeFolder()
  return {
    ...ALLOCATOR,
    ...(compiled && { NODE_COMPILE_CACHE: compiled }),
    ...Object.fromEntries(passed),
  }
}

/** So much of what a child wrote last is kept. */
const LAST_WORDS_LENGTH = 4096

function watch(child: ChildProcess, onWords: StartOptions['onWords']) {
  const { promise: exited, resolve: endAs } = Promise.withResolvers<string>()
  let ended: { how: string; end: ChildEnd } | undefined
  let lastWords = ''
  let traceIds: readonly string[] = []
  const note = (how: string, end: ChildEnd) => {
    ended = { how, end }
    endAs(how)
  }
  child.stderr?.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-LAST_WORDS_LENGTH)
  })
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => onWords?.(line, child.pid ?? -1, traceIds))
  }
  // Not at its exit: its last words, and a reply it had sent already, may come after that.
  child.once('close', (exitCode, signal) =>
    note(signal ? `signal ${signal}` : `exit code ${exitCode}`, { signal, exitCode }),
  )
  // Without a pid it never ran, and no end follows.
  child.once('error', (error) =>
    child.pid === undefined ? note(error.message, { signal: null, exitCode: null }) : child.kill('SIGKILL'),
  )

  function whyItEnded(): LupaError {
    const { how, end: cause } = ended ?? { how: 'unknown', end: undefined }
    if (tellsOutOfMemory(lastWords)) return new LupaError('out_of_memory', OUT_OF_MEMORY, { cause })
    return new LupaError('worker_lost', `The process that runs the model ended (${how}).`, { cause })
  }

  /** Waits for the message that `isIt` knows. If anything else comes first, the process is killed. */
  function listen<M extends Message>(
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
    isIt: (message: Message) => message is M,
    tooLong: string,
  ): Promise<M> {
    const { promise, resolve, reject } = Promise.withResolvers<M>()
    const onMessage = (message: Message) => {
      if (!isIt(message)) return
      finish()
      resolve(message)
    }
    const fail = (error: unknown) => {
      finish()
      child.kill('SIGKILL')
      reject(error)
    }
    const onAbort = () => fail(signal?.reason)
    const onEnd = () => fail(whyItEnded())
    const timer = setTimeout(() => fail(new LupaError('execution_timeout', tooLong)), timeoutMs)
    function finish() {
      clearTimeout(timer)
      child.off('message', onMessage).off('close', onEnd).off('error', onEnd)
      signal?.removeEventListener('abort', onAbort)
    }
    child.on('message', onMessage).on('close', onEnd).on('error', onEnd)
    signal?.addEventListener('abort', onAbort)
    if (ended) onEnd()
    return promise
  }

  const state = { loaded: new Set<string>(), rssBytes: 0, cpuSeconds: 0, jobs: 0 }
  const modelProcess: ModelProcess = {
    pid: child.pid ?? -1,
    exited,
    isAlive: () => !ended && child.exitCode === null && child.signalCode === null && !child.killed,
    state,
    async ask(request, options) {
      options.signal?.throwIfAborted()
      traceIds = options.traceIds ?? []
      const tooLong = `It was not done within ${options.timeoutMs / 1000} s. Send a smaller image, or raise EXECUTION_TIMEOUT_SECONDS.`
      const answered = listen(options, isReply, tooLong)
      // A channel that is closed means that the end is on its way, and that tells.
      if (!ended) child.send(request, () => {})
      const reply = await answered
      state.loaded = new Set(reply.loaded)
      state.rssBytes = reply.rssBytes
      state.cpuSeconds = reply.cpuSeconds
      if (request.type === 'predict') state.jobs += request.items.length
      return reply
    },
    kill: () => {
      child.kill('SIGKILL')
    },
  }
  return { process: modelProcess, listen }
}

const isReply = (message: Message): message is Reply => message.type === 'reply'
const isReady = (message: Message): message is { type: 'ready' } => message.type === 'ready'
