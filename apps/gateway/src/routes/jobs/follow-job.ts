import { Readable } from 'node:stream'
import { type JobRecord, toJob } from '@lupa/core/domain/job'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import type { HandOver } from '../../hand-over.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import type { JobReader } from '../../read-job.ts'
import type { JobWaiter } from '../../wait.ts'
import type { WaitingPlaces } from '../../waiting-places.ts'
import { gone } from '../gone.ts'

/** Often enough that no proxy takes the stream for dead. */
const COMMENT_EVERY_MS = 15_000
/** The longest that a timer can be set to: a stream ends with its job. */
const NEVER_MS = 2 ** 31 - 1

/** Server-Sent Events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function followJob(
  app: App,
  {
    reader,
    waiter,
    waitingPlaces,
    handOver,
    commentEveryMs = COMMENT_EVERY_MS,
  }: {
    reader: JobReader
    waiter: JobWaiter
    waitingPlaces: WaitingPlaces
    handOver: HandOver
    commentEveryMs?: number
  },
): void {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())

  app.get(
    '/v1/jobs/:id/events',
    {
      config: { scope: 'jobs:read', signedLink: true },
      handlerTimeout: NEVER_MS,
      schema: {
        operationId: 'followJob',
        tags: ['jobs'],
        summary: 'Follow a job',
        description:
          'Server-Sent Events: the job as it is now and after each change, as events named `job`, until it has ' +
          'ended. `Last-Event-ID` leaves out what was seen; 204 when that was its end.',
        params: z.object({ id: z.string().describe("The job's id.") }),
        response: {
          200: z.string().meta({ format: 'event-stream' }).describe('The events.'),
          204: z.null(),
          ...problems(401, 404, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const record = await reader.readOwn(request.params.id, clientOf(request))
      const seen = readEventId(request.headers['last-event-id'])
      reply.header('x-request-id', record.id).header('cache-control', 'no-store')
      // An answer that is no stream keeps browsers from asking again.
      if (record.done && stageOf(record) <= seen) return reply.code(204).send(null)

      if (!record.done) waitingPlaces.enter(request, reply)
      const over = new AbortController()
      const end = () => over.abort()
      gone(reply).addEventListener('abort', end, { once: true })
      closing.signal.addEventListener('abort', end, { once: true })
      reply.raw.once('close', () => closing.signal.removeEventListener('abort', end))
      if (closing.signal.aborted) end()
      const onEnd = (ended: JobRecord) => handOver(request, reply, ended)
      const events = eventsOf(record, seen, { waiter, commentEveryMs, signal: over.signal, onEnd })
      return (
        reply
          .type('text/event-stream; charset=utf-8')
          .header('x-accel-buffering', 'no')
          // Nothing else comes on this connection: when the process stops, it need not wait for that.
          .header('connection', 'close')
          .send(Readable.from(events) as unknown as string)
      )
    },
  )
}

async function* eventsOf(
  first: JobRecord,
  lastSeen: number,
  {
    waiter,
    commentEveryMs,
    signal,
    onEnd,
  }: { waiter: JobWaiter; commentEveryMs: number; signal: AbortSignal; onEnd: (ended: JobRecord) => void },
): AsyncGenerator<string> {
  let seen = lastSeen
  // Sends the headers off: the first event may be long in coming.
  yield ': \n\n'
  let record: JobRecord | undefined = stageOf(first) > seen ? first : undefined
  while (!signal.aborted) {
    if (record) {
      if (record.done) onEnd(record)
      yield toEvent(record)
      if (record.done) return
      seen = stageOf(record)
    }
    const isEnough = (one: JobRecord) => stageOf(one) > seen
    record = await waiter.wait(first.id, { timeoutMs: commentEveryMs, signal, isEnough })
    if (!record && !signal.aborted) yield ': \n\n'
  }
}

function toEvent(record: JobRecord): string {
  return `event: job\nid: ${toEventId(record)}\ndata: ${JSON.stringify(toJob(record))}\n\n`
}

const LAST_STAGE = Number.MAX_SAFE_INTEGER

/** Grows with each change of a job: it waits, an attempt runs, the next one, it has ended. */
function stageOf({ done, status, attempt }: JobRecord): number {
  if (done) return LAST_STAGE
  return status === 'running' ? attempt : 0
}

function toEventId(record: JobRecord): string {
  return record.status === 'running' ? `running-${record.attempt}` : record.status
}

/** The stage that an event id of ours stands for; -1, before any, for everything else. */
function readEventId(id: string | string[] | undefined): number {
  if (typeof id !== 'string') return -1
  const [, attempt] = /^running-(\d{1,9})$/.exec(id) ?? []
  if (attempt !== undefined) return Number(attempt)
  if (id === 'queued') return 0
  return /^(succeeded|failed|canceled|expired)$/.test(id) ? LAST_STAGE : -1
}
