import { EventSourceParserStream } from 'eventsource-parser/stream'
import { LupaError, UnreachableError } from './errors.ts'
import { pause } from './pause.ts'
import type { Transport } from './transport.ts'
import type { Job } from './wire-types.ts'

/** The gateway says something at least every 15 seconds. */
const LONGEST_SILENCE_MS = 40_000
const PAUSE_MS = 500
/** One after the other, without an event between. */
const MOST_BREAKS = 5

/**
 * A job as it is now and after each change, until it has ended. A stream that breaks is taken up where it broke.
 * @param poll what to do where no stream comes through, as with some proxies
 */
export async function* followEvents(
  id: string,
  {
    transport,
    signal,
    poll,
  }: { transport: Transport; signal: AbortSignal | undefined; poll: () => AsyncGenerator<Job> },
): AsyncGenerator<Job, void, undefined> {
  let lastSeen: string | undefined
  for (let breaks = 0; ; breaks++) {
    const over = new AbortController()
    try {
      const stream = await open(over.signal)
      if (stream === 'ended') return
      if (stream === 'no stream') return yield* poll()
      for await (const event of chunksOf(stream, over)) {
        lastSeen = event.id ?? lastSeen
        breaks = 0
        const job = JSON.parse(event.data) as Job
        yield job
        if (job.done) return
      }
    } catch (thrown) {
      signal?.throwIfAborted()
      if (thrown instanceof LupaError) throw thrown
      if (breaks >= MOST_BREAKS) throw new UnreachableError(transport.url, thrown)
    } finally {
      over.abort()
    }
    await pause(Math.random() * PAUSE_MS * 2 ** breaks, signal)
  }

  function open(over: AbortSignal) {
    return transport.ask('GET', `/v1/jobs/${encodeURIComponent(id)}/events`, {
      headers: {
        accept: 'text/event-stream',
        ...(lastSeen === undefined ? {} : { 'last-event-id': lastSeen }),
      },
      signal: signal ? AbortSignal.any([signal, over]) : over,
      isEndless: true,
      read({ status, headers, body }) {
        if (status === 204) return 'ended' as const
        if (!body || !headers.get('content-type')?.startsWith('text/event-stream'))
          return 'no stream' as const
        return body
      },
    })
  }
}

async function* chunksOf(body: ReadableStream<Uint8Array>, over: AbortController) {
  const silence = watchSilence(over)
  const reader = body
    .pipeThrough(silence.stream)
    .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)
    .pipeThrough(new EventSourceParserStream())
    .getReader()
  try {
    // Not `for await`: not every browser can do that with streams.
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    silence.stop()
    await reader.cancel().catch(() => {})
  }
}

function watchSilence(over: AbortController) {
  const giveUp = () => over.abort(new DOMException('The stream fell silent.', 'TimeoutError'))
  let timer = setTimeout(giveUp, LONGEST_SILENCE_MS)
  const stream = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      clearTimeout(timer)
      timer = setTimeout(giveUp, LONGEST_SILENCE_MS)
      controller.enqueue(chunk)
    },
  })
  return { stream, stop: () => clearTimeout(timer) }
}
