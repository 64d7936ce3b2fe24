import { newJobId } from '@lupa/core/domain/ids'
import type { Admission } from '@lupa/core/jobs/admission'
import { toRetryAfter } from '../../apps/gateway/src/queue-outlook.ts'
import { createAutoscaler, desiredReplicas, type Replica } from './autoscaler.ts'
import type { Profile } from './profiles.ts'
import { poisson, seededRandom } from './random.ts'
import type { ScaleRules } from './scale-rules.ts'

/** What one job takes of each part, in milliseconds of its processor. */
export interface JobCosts {
  gatewayMs: number
  /** Of the gateway, for a request that is refused before its image is read. */
  refusalMs: number
  redisRefusalMs: number
  redisSubmitMs: number
  redisWorkMs: number
  /** Of a slot: the worker's own part and the model's. */
  slotMs: number
}

export interface VirtualOptions {
  profile: Profile
  peakPerSecond: number
  rules: ScaleRules
  costs: JobCosts
  gatewayStartSeconds: number
  workerStartSeconds: number
  /** The real one. */
  admission: Admission
  clients: number
  seed: number
  onProgress?: (second: number, of: number) => void
}

/** One row for each bucket of time. */
export interface Sample {
  second: number
  /** A second: that came, that got a place, that were told to come again, that ended. */
  offered: number
  admitted: number
  refused: number
  ended: number
  /** At the end of the bucket: for a gateway, and for a worker. */
  atTheDoor: number
  waiting: number
  gateways: number
  workers: number
  /** Those that have started. */
  workersReady: number
  redisBusy: number
  waitP95Ms: number | null
}

export interface Outcome {
  profile: string
  about: string
  samples: Sample[]
  offered: number
  admitted: number
  /** Answers that told a client to come again. */
  refusals: number
  /** Clients that were told so too often and gave up. */
  gaveUp: number
  ended: number
  /** Admitted, and neither ended nor anywhere: must be none. */
  lost: number
  most: { atTheDoor: number; waiting: number; gateways: number; workers: number; redisBusy: number }
  waitMs: { p50: number; p95: number; p99: number }
  /** From a client's first try to the end of its job. */
  totalMs: { p50: number; p95: number; p99: number }
  /** From the end of the load until nothing waited or ran. */
  drainSeconds: number
}

/** So finely is virtual time cut; each job's own times are kept within it. */
const STEP_SECONDS = 0.02
export const SAMPLE_SECONDS = 10
const MAX_TRIES = 6
const LONGEST_DRAIN_SECONDS = 1800
/** Pictures differ: each takes this part more or less than the mean. */
const SPREAD = 0.3
/** As in the worker: the next image is read while the slots compute. */
const READ_AHEAD = 1
/** As redis-drain-rate.ts counts. */
const RATE_WINDOW_SECONDS = 30
const RETRY_AFTER_UNKNOWN_SECONDS = 2

interface Request {
  client: string
  bornAtMs: number
  tries: number
}

interface Job extends Request {
  id: string
  admittedAtMs: number
}

interface Gateway extends Replica {
  name: 'gateway'
}

interface Worker extends Replica {
  slots: (Running | null)[]
}

interface Running {
  job: Job
  endsAtMs: number
}

/**
 * A load on a cluster in virtual time. Places on the queue are given by the real admission, on a real Redis;
 * how many gateways and workers there are, by the rules of the Bicep; gateways, Redis' one thread and slots
 * have as much time as they have, and what does not fit waits.
 */
export async function runVirtualCluster(options: VirtualOptions): Promise<Outcome> {
  const { profile, peakPerSecond, rules, costs, admission, onProgress } = options
  const random = seededRandom(options.seed)
  const gateways = createAutoscaler<Gateway>(
    { ...rules.gateway, startSeconds: options.gatewayStartSeconds },
    (readyAtSecond) => ({ name: 'gateway', readyAtSecond }),
  )
  const slotCount = Math.max(1, Math.floor(rules.worker.cores))
  const workers = createAutoscaler<Worker>(
    { ...rules.worker, startSeconds: options.workerStartSeconds },
    (readyAtSecond) => ({ readyAtSecond, slots: Array.from({ length: slotCount }, () => null) }),
  )
  const atTheDoor: Request[] = []
  const waiting = createFifo<Job>()
  const comingAgain = new Map<number, Request[]>()
  let leaving: Worker[] = []
  const takenNow = new Map<string | undefined, Promise<number>>()

  const outcome = { offered: 0, admitted: 0, refusals: 0, gaveUp: 0, ended: 0 }
  const most = { atTheDoor: 0, waiting: 0, gateways: 0, workers: 0, redisBusy: 0 }
  const waits: number[] = []
  const totals: number[] = []
  const samples: Sample[] = []
  let bucket = emptyBucket()
  let running = 0
  /** Work that is done already and that the time of the steps to come pays for. */
  let gatewayDebtMs = 0
  let redisDebtMs = 0
  let gatewayBusyMs = 0
  let arrivals: number[] = []
  let arrivedThisSecond = 0
  let endedIn: { count: number; wasBusy: boolean }[] = [{ count: 0, wasBusy: false }]

  const stepsOfLoad = Math.round(profile.seconds / STEP_SECONDS)
  const stepsPerSecond = Math.round(1 / STEP_SECONDS)
  const stepMs = STEP_SECONDS * 1000
  let step = 0
  for (; ; step++) {
    const isLoad = step < stepsOfLoad
    const isIdle = atTheDoor.length === 0 && waiting.size() === 0 && running === 0 && comingAgain.size === 0
    if (!isLoad && (isIdle || step > stepsOfLoad + LONGEST_DRAIN_SECONDS * stepsPerSecond)) break
    const second = step * STEP_SECONDS
    const [startMs, endMs] = [second * 1000, (second + STEP_SECONDS) * 1000]
    const asked: Promise<unknown>[] = []

    arrive()
    await admit()
    compute()
    await Promise.all(asked)
    if ((step + 1) % stepsPerSecond === 0) endSecond(Math.round(second + STEP_SECONDS))

    function arrive() {
      const fresh = isLoad ? poisson(peakPerSecond * profile.shareAt(second) * STEP_SECONDS, random) : 0
      for (let at = 0; at < fresh; at++) {
        const client = `client-${Math.floor(random() * options.clients)}`
        atTheDoor.push({ client, bornAtMs: startMs + random() * stepMs, tries: 0 })
      }
      outcome.offered += fresh
      bucket.offered += fresh
      const again = comingAgain.get(step) ?? []
      comingAgain.delete(step)
      atTheDoor.push(...again)
      arrivedThisSecond += fresh + again.length
    }

    /** As many as gateways and Redis have time for. */
    async function admit() {
      const capacityMs = gateways.ready(second).length * stepMs
      gatewayDebtMs = Math.max(0, gatewayDebtMs - capacityMs)
      redisDebtMs = Math.max(0, redisDebtMs - stepMs)
      // Redis serves all in turn: while jobs wait, half of its time is for the workers that take them.
      const redisMs = stepMs * (waiting.size() > 0 ? 0.5 : 1) - redisDebtMs
      const room = Math.min((capacityMs - gatewayDebtMs) / costs.gatewayMs, redisMs / costs.redisSubmitMs)
      const taken = atTheDoor.splice(0, Math.max(0, Math.ceil(room)))
      const jobs = taken.map((request) => ({
        ...request,
        id: newJobId(),
        admittedAtMs: Math.max(startMs, request.bornAtMs),
      }))
      const answers = await Promise.all(jobs.map(({ client, id }) => admission.reserve(client, id)))
      const refused: Record<'queue_full' | 'share_full', Job[]> = { queue_full: [], share_full: [] }
      for (const [at, job] of jobs.entries()) {
        const answer = answers[at] ?? 'queue_full'
        const costMs = answer === 'reserved' ? costs.gatewayMs : costs.refusalMs
        gatewayDebtMs += costMs
        gatewayBusyMs += costMs
        const askedMs = answer === 'reserved' ? costs.redisSubmitMs : costs.redisRefusalMs
        redisDebtMs += askedMs
        bucket.redisMs += askedMs
        if (answer === 'reserved') {
          waiting.push(job)
          outcome.admitted++
          bucket.admitted++
        } else refused[answer].push(job)
      }
      for (const [why, all] of Object.entries(refused)) if (all.length > 0) await sendAway(all, why)
    }

    async function sendAway(requests: Request[], why: string) {
      outcome.refusals += requests.length
      bucket.refused += requests.length
      for (const request of requests) {
        if (request.tries + 1 >= MAX_TRIES) {
          outcome.gaveUp++
          continue
        }
        const taken = await takenFor(why === 'share_full' ? request.client : undefined)
        const perSecond = rateOf(endedIn)
        const seconds = toRetryAfter(
          perSecond === null ? null : taken / perSecond,
          RETRY_AFTER_UNKNOWN_SECONDS,
        )
        const { client, bornAtMs, tries } = request
        // With jitter, as our own client does.
        const at = step + Math.ceil((seconds * (1 + random() / 2)) / STEP_SECONDS)
        comingAgain.set(at, [...(comingAgain.get(at) ?? []), { client, bornAtMs, tries: tries + 1 }])
      }
    }

    /** Asked once a step: it does not change meanwhile. */
    function takenFor(client: string | undefined): Promise<number> {
      const known = takenNow.get(client) ?? admission.taken(client)
      takenNow.set(client, known)
      return known
    }

    function compute() {
      takenNow.clear()
      for (const worker of workers.ready(second))
        for (const at of worker.slots.keys()) advance(worker, at, true)
      for (const worker of leaving) for (const at of worker.slots.keys()) advance(worker, at, false)
      leaving = leaving.filter(({ slots }) => slots.some((slot) => slot !== null))
    }

    /** Ends what the slot has in hand, and begins what waits, until this step is over. */
    function advance(worker: Worker, at: number, takesMore: boolean) {
      let freeAtMs = startMs
      for (;;) {
        const inHand = worker.slots[at]
        if (inHand) {
          if (inHand.endsAtMs > endMs) return
          end(inHand)
          freeAtMs = inHand.endsAtMs
          worker.slots[at] = null
        }
        if (!takesMore || waiting.size() === 0 || redisDebtMs > stepMs) return
        const job = waiting.shift()
        if (!job) return
        const beganAtMs = Math.max(freeAtMs, job.admittedAtMs)
        const tookMs = costs.slotMs * (1 + SPREAD * (2 * random() - 1))
        worker.slots[at] = { job, endsAtMs: beganAtMs + tookMs }
        running++
        redisDebtMs += costs.redisWorkMs
        bucket.redisMs += costs.redisWorkMs
        waits.push(beganAtMs - job.admittedAtMs)
        bucket.waits.push(beganAtMs - job.admittedAtMs)
      }
    }

    function end({ job, endsAtMs }: Running) {
      asked.push(admission.release(job.client, job.id))
      running--
      outcome.ended++
      bucket.ended++
      totals.push(endsAtMs - job.bornAtMs)
      const now = endedIn.at(-1)
      if (now) now.count++
    }
  }

  const held = waiting.size() + running
  const taken = await admission.taken()
  if (taken !== held) throw new Error(`The admission has given ${taken} places, and ${held} jobs hold one`)
  return {
    profile: profile.name,
    about: profile.about,
    samples,
    ...outcome,
    lost: outcome.admitted - outcome.ended - held,
    most,
    waitMs: percentilesOf(waits),
    totalMs: percentilesOf(totals),
    drainSeconds: Math.round(step * STEP_SECONDS - profile.seconds),
  }

  function endSecond(second: number) {
    arrivals = [...arrivals, arrivedThisSecond].slice(-15)
    arrivedThisSecond = 0
    endedIn = [...endedIn, { count: 0, wasBusy: running > 0 }].slice(-RATE_WINDOW_SECONDS)
    gateways.look(second, () => {
      const { concurrentRequests, cpuPercent, everySeconds } = rules.gateway
      const requests = arrivals.reduce((sum, count) => sum + count, 0) / 15
      // Of all that are there, so that the rule's mean over them is that of Container Apps.
      const busyPercent = (100 * gatewayBusyMs) / (everySeconds * 1000)
      gatewayBusyMs = 0
      return desiredReplicas([
        { current: requests, target: concurrentRequests },
        { current: busyPercent, target: cpuPercent },
      ])
    })
    const going = workers.look(second, () => desiredReplicas(rulesOfWorkers(second)))
    leaving.push(...going.filter(({ slots }) => slots.some((slot) => slot !== null)))

    most.atTheDoor = Math.max(most.atTheDoor, atTheDoor.length)
    most.waiting = Math.max(most.waiting, waiting.size())
    most.gateways = Math.max(most.gateways, gateways.replicas.length)
    most.workers = Math.max(most.workers, workers.replicas.length)
    if (second % SAMPLE_SECONDS !== 0) return
    const redisBusy = bucket.redisMs / (SAMPLE_SECONDS * 1000)
    most.redisBusy = Math.max(most.redisBusy, redisBusy)
    samples.push({
      second,
      offered: bucket.offered / SAMPLE_SECONDS,
      admitted: bucket.admitted / SAMPLE_SECONDS,
      refused: bucket.refused / SAMPLE_SECONDS,
      ended: bucket.ended / SAMPLE_SECONDS,
      atTheDoor: atTheDoor.length,
      waiting: waiting.size(),
      gateways: gateways.ready(second).length,
      workers: workers.replicas.length,
      workersReady: workers.ready(second).length,
      redisBusy: Math.round(redisBusy * 1000) / 1000,
      waitP95Ms: bucket.waits.length > 0 ? percentilesOf(bucket.waits).p95 : null,
    })
    bucket = emptyBucket()
    onProgress?.(second, profile.seconds)
  }

  /** What KEDA reads: the lengths of the lists of the queue. */
  function rulesOfWorkers(second: number): { current: number; target: number }[] {
    const readAhead = Math.min(waiting.size(), READ_AHEAD * workers.ready(second).length)
    const lengths: Record<string, number> = {
      prioritized: waiting.size() - readAhead,
      active: running + readAhead,
    }
    return Object.entries(rules.worker.jobsPerWorker).map(([list, target]) => ({
      current: lengths[list] ?? 0,
      target,
    }))
  }
}

/** As redis-drain-rate.ts has it: a second in which nothing was in hand says nothing. */
function rateOf(seconds: readonly { count: number; wasBusy: boolean }[]): number | null {
  const busy = seconds.filter(({ count, wasBusy }) => wasBusy || count > 0)
  const ended = busy.reduce((sum, { count }) => sum + count, 0)
  return ended === 0 ? null : ended / busy.length
}

function emptyBucket() {
  return { offered: 0, admitted: 0, refused: 0, ended: 0, redisMs: 0, waits: [] as number[] }
}

function percentilesOf(values: readonly number[]): { p50: number; p95: number; p99: number } {
  const sorted = Float64Array.from(values).toSorted()
  const at = (part: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0)
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

/** `Array.shift` moves all that is left, which here is ten thousand, a thousand times a second. */
function createFifo<T>() {
  let items: T[] = []
  let head = 0
  return {
    size: () => items.length - head,
    push: (item: T) => void items.push(item),
    shift(): T | undefined {
      const item = items[head++]
      if (head > 10_000) {
        items = items.slice(head)
        head = 0
      }
      return item
    },
  }
}
