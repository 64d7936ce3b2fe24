import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from '@lupa/core/domain/job'
import { distinct, getJson, type Lupa, type Process, post } from '../end-to-end/lupa.ts'

const SAMPLE = readFileSync(join(import.meta.dirname, '../../models/bottle-status/samples/fechada-1.jpg'))

let made = 0

/** A picture that nobody sent before. */
export function aPicture(): Uint8Array {
  return distinct(SAMPLE, `chaos ${process.pid} ${made++}`)
}

export interface Load {
  /** Ids that were answered with a 202: each is a promise. */
  accepted: string[]
  /** Answers that were neither a 202 nor an honest refusal (503 or 429 with Retry-After). */
  wrong: string[]
  refused: number
  slowestAnswerMs: number
}

export interface LoadOptions {
  jobs: number
  clients?: number
  fields?: Record<string, string>
  /** Stops early, with what was accepted by then. */
  until?: () => boolean
}

/** Submits pictures until so many are accepted; a refused one is sent again when its answer says. */
export async function submitLoad(
  { url }: Lupa,
  { jobs, clients = 16, fields = {}, until }: LoadOptions,
): Promise<Load> {
  const load: Load = { accepted: [], wrong: [], refused: 0, slowestAnswerMs: 0 }
  let started = 0
  const client = async () => {
    while (started < jobs && !until?.()) {
      started++
      await submitOne(url, fields, load)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return load
}

async function submitOne(url: string, fields: Record<string, string>, load: Load): Promise<void> {
  const picture = aPicture()
  for (;;) {
    const beganMs = performance.now()
    const answer = await post(`${url}/v1/jobs`, picture, { fields }).catch((error: Error) => error)
    // The gateway itself was killed: the client cannot know, and sends it again.
    if (answer instanceof Error) {
      await sleep(200)
      continue
    }
    load.slowestAnswerMs = Math.max(load.slowestAnswerMs, performance.now() - beganMs)
    // 200: its first submit was finished before this one, and the cache knew the answer.
    if (answer.status === 202 || answer.status === 200) {
      load.accepted.push(answer.body.id)
      return
    }
    const retryAfter = Number(answer.headers.get('retry-after'))
    if (![429, 503].includes(answer.status) || !(retryAfter > 0)) {
      load.wrong.push(`${answer.status} ${answer.body.code}`)
      return
    }
    load.refused++
    await sleep(retryAfter * 1000)
  }
}

/** The answer to a picture that was sent without waiting for others. */
export interface Sent {
  status: number
  /** Of an accepted one. */
  id: string | null
  retryAfterSeconds: number
  /** From the first byte sent to the whole answer. */
  ms: number
}

/** Sends pictures at a steady rate, whatever the answers are, and as cheaply as can be: it runs beside the server. */
export async function sendAtRate(
  { url }: Lupa,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Sent[]> {
  const agent = new Agent({ keepAlive: true })
  const sent: Promise<Sent>[] = []
  const beganMs = performance.now()
  for (let nth = 0; performance.now() - beganMs < seconds * 1000; nth++) {
    sent.push(sendRaw(`${url}/v1/jobs`, agent))
    await sleep(Math.max(0, beganMs + (nth * 1000) / perSecond - performance.now()))
  }
  return Promise.all(sent).finally(() => agent.destroy())
}

async function sendRaw(url: string, agent: Agent): Promise<Sent> {
  const startedMs = performance.now()
  const picture = aPicture()
  const headers = { 'content-type': 'image/jpeg', 'content-length': picture.byteLength }
  const sending = request(url, { method: 'POST', agent, headers })
  sending.end(picture)
  const [answer] = (await once(sending, 'response')) as [IncomingMessage]
  const body = await text(answer)
  return {
    status: answer.statusCode ?? 0,
    id: answer.statusCode === 202 ? (JSON.parse(body) as Job).id : null,
    retryAfterSeconds: Number(answer.headers['retry-after'] ?? 0),
    ms: performance.now() - startedMs,
  }
}

/** How the promised jobs ended. */
export interface Ends {
  jobs: Job[]
  /** Not terminal by the deadline, or gone. */
  lost: string[]
  /** Whose record changed after its end. */
  changed: string[]
}

export async function untilAllEnded({ url }: Lupa, ids: string[], timeoutMs = 90_000): Promise<Ends> {
  const deadline = Date.now() + timeoutMs
  const ended = new Map<string, Job>()
  while (ended.size < ids.length && Date.now() < deadline) {
    for (const id of ids.filter((each) => !ended.has(each))) {
      const job = await getJson<Job>(`${url}/v1/jobs/${id}`).catch(() => undefined)
      if (job?.done) ended.set(id, job)
    }
    if (ended.size < ids.length) await sleep(200)
  }
  const changed: string[] = []
  for (const [id, before] of ended) {
    const now = await getJson<Job>(`${url}/v1/jobs/${id}`)
    if (JSON.stringify(withoutDelivery(now)) !== JSON.stringify(withoutDelivery(before))) changed.push(id)
  }
  return { jobs: [...ended.values()], lost: ids.filter((id) => !ended.has(id)), changed }
}

function withoutDelivery(job: Job): Job {
  return { ...job, webhook: null }
}

export const allSucceeded = ({ jobs }: Ends) => jobs.every(({ status }) => status === 'succeeded')

/** Ids that were given twice. */
export function repeated(ids: string[]): number {
  return ids.length - new Set(ids).size
}

export const WORKER = /apps\/worker\/src\/main/
export const CHILD = /predictor\/child/
export const REDIS = /redis-server|valkey-server/
export const GATEWAY = /apps\/gateway\/src\/main/

export function find(lupa: Lupa, kind: RegExp): Process[] {
  // The guard that runs Redis names it too; the server itself is the innermost.
  const all = lupa.processes().filter(({ command }) => kind.test(command))
  return all.filter(({ pid }) => !all.some(({ parent }) => parent === pid))
}

/** Sends a signal to one process of a kind, at random; false when none runs at the moment. */
export function strike(lupa: Lupa, kind: RegExp, signal: NodeJS.Signals): boolean {
  const victims = find(lupa, kind)
  const victim = victims[Math.floor(Math.random() * victims.length)]
  if (victim) process.kill(victim.pid, signal)
  return victim !== undefined
}

/** How long until a new picture gets its answer. */
export async function recoveryMs({ url }: Lupa, timeoutMs = 60_000): Promise<number> {
  const beganMs = performance.now()
  while (performance.now() - beganMs < timeoutMs) {
    const headers = { prefer: 'wait=5' }
    const answer = await post(`${url}/v1/jobs`, aPicture(), { headers }).catch(() => undefined)
    if (answer?.status === 200 && answer.body.status === 'succeeded') return performance.now() - beganMs
    await sleep(100)
  }
  return Number.POSITIVE_INFINITY
}
