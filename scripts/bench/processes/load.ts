import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { answerRequests, cpuMsSince, helperOptions } from './answer.ts'

// Clients of a service, each with one request at a time. Beside the server, so as cheap as can be.

export interface LoadOptions {
  url: string
}

export interface LoadRequest {
  seconds: number
  path: string
  method: 'GET' | 'POST'
  clients: number
  /** So many begin each second; 0: all at once. */
  clientsPerSecond?: number
  headers?: Record<string, string>
  /** Sent as multipart. */
  picture?: string
  /** Whether each is a picture of its own, as far as bytes go. */
  distinct?: boolean
  /** What answer counts, other statuses being told apart. */
  counts: number
}

export interface LoadRun {
  answers: number
  seconds: number
  /** How often each status, or error, came; a refusal without `Retry-After` counts as `503 without Retry-After`. */
  statuses: Record<string, number>
  p50Ms: number
  p99Ms: number
  /** Answers that count in each second. */
  bySecond: number[]
  cpuMs: number
  /** Some of the bodies. */
  samples: string[]
}

const BOUNDARY = '----lupa-bench'
/** Behind the end of a JPEG, where decoders do not look. */
const MARK_LENGTH = 24
const SAMPLE_EVERY = 16

const { url } = helperOptions() as LoadOptions
let marks = 0

answerRequests(async (asked): Promise<LoadRun> => {
  const request = asked as LoadRequest
  const pool = new Pool(url, {
    connections: request.clients,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  const statuses: Record<string, number> = {}
  const samples: string[] = []
  const latencies: number[] = []
  const bySecond: number[] = []
  const isOver = () => performance.now() - startMs >= request.seconds * 1000

  async function client(nth: number): Promise<void> {
    if (request.clientsPerSecond) await sleep((nth / request.clientsPerSecond) * 1000)
    const form = request.picture === undefined ? undefined : toForm(readFileSync(request.picture))
    const headers = {
      ...request.headers,
      ...(form && { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }),
    }
    while (!isOver()) {
      if (form && request.distinct) form.mark.write(`${process.pid} ${marks++}`.padEnd(MARK_LENGTH))
      const beganMs = performance.now()
      const pauseSeconds = await send(headers, form?.body, beganMs).catch((error: NodeJS.ErrnoException) => {
        count(statuses, error.code ?? error.message)
        return 0.1
      })
      if (pauseSeconds > 0 && !isOver()) await sleep(pauseSeconds * 1000)
    }
  }

  /** Resolves to how long to wait before the next one. */
  async function send(
    headers: Record<string, string>,
    body: Buffer | undefined,
    beganMs: number,
  ): Promise<number> {
    const { path, method } = request
    const answer = await pool.request({ path, method, headers, body: body ?? null })
    const text = await answer.body.text()
    const retryAfter = Number(answer.headers['retry-after'] ?? 0)
    const isRefusal = answer.statusCode === 503 || answer.statusCode === 429
    count(statuses, `${answer.statusCode}${isRefusal && !(retryAfter > 0) ? ' without Retry-After' : ''}`)
    if (answer.statusCode !== request.counts) return isRefusal ? Math.max(0.1, retryAfter) : 0
    const nowMs = performance.now()
    const second = Math.floor((nowMs - startMs) / 1000)
    bySecond[second] = (bySecond[second] ?? 0) + 1
    if (latencies.push(nowMs - beganMs) % SAMPLE_EVERY === 1) samples.push(text)
    return 0
  }

  await Promise.all(Array.from({ length: request.clients }, (_, nth) => client(nth)))
  const seconds = (performance.now() - startMs) / 1000
  const cpuMs = cpuMsSince(cpu)
  await pool.close()
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return {
    answers: latencies.length,
    seconds,
    statuses,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    bySecond: Array.from(bySecond, (answers) => answers ?? 0),
    cpuMs,
    samples,
  }
})

/** The form, and the place in it that makes its picture one of its own. */
function toForm(picture: Buffer): { body: Buffer; mark: Buffer } {
  const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="image"; filename="picture.jpg"\r\ncontent-type: image/jpeg\r\n\r\n`
  const body = Buffer.concat([
    Buffer.from(head),
    picture,
    Buffer.alloc(MARK_LENGTH, ' '),
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ])
  const from = head.length + picture.length
  return { body, mark: body.subarray(from, from + MARK_LENGTH) }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
