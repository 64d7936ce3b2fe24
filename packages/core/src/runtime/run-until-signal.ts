import { once } from 'node:events'
import { ListenError } from './listening.ts'

/**
 * Runs a service until SIGINT or SIGTERM, then releases it and lets the process end by itself. A
 * second signal ends the process at once; so does the deadline, with exit code 1. A service that cannot
 * listen ends it with a message, and no stack.
 */
export async function runUntilSignal(
  start: (stopping: AbortSignal) => Promise<AsyncDisposable>,
  { deadlineMs }: { deadlineMs: number },
): Promise<void> {
  const stopping = new AbortController()
  const stop = () => {
    stopping.abort()
    setTimeout(() => process.exit(1), deadlineMs).unref()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)

  {
    await using _service = await start(stopping.signal).catch(endIfUnheard)
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort')
  }
  // Only if something is open still: a connection to a collector that never answers, say.
  setTimeout(() => process.exit(), LINGER_MS).unref()
}

function endIfUnheard(thrown: unknown): never {
  if (!(thrown instanceof ListenError)) throw thrown
  process.stderr.write(`${thrown.message}\n`)
  process.exit(thrown.exitCode)
}

/** By then nothing is left that anybody waits for. */
const LINGER_MS = 1000
