import { cosmosCharge } from './cosmos-charge.ts'

/** What is to be borne. Every picture is another one: nothing is answered from the cache. */
export interface Load {
  jobsPerSecond: number
  imageBytes: number
  coresPerWorker: number
  /** The share of a core, or of the request units, that may be in use: the rest is for peaks and failures. */
  busy: number
  retentionDays: number
  /** `RESULT_CACHE_SECONDS` */
  cacheSeconds: number
  /** `QUEUE_LIMIT` */
  queueLimit: number
}

/** What one job costs. */
export interface Rates {
  /** Of a core, from the image's bytes to the prediction. */
  pictureMs: number
  /** Of a core, in the worker beside its children. */
  workerMs: number
  redisMs: number
  /** Request units as they were measured; null: they are reckoned by the size of the record. */
  cosmosUnits: number | null
  gateway: { baseMs: number; msPerByte: number }
  bytes: {
    /** The record when it is accepted, and when it is finished. */
    accepted: number
    finished: number
    /** What a client is told. */
    answer: number
    cachedResult: number
  }
  /** In Redis, beside the value's own bytes. */
  redis: { waitingJobBytes: number; hotCopyOverheadBytes: number; cachedResultOverheadBytes: number }
}

export interface Plan {
  workers: { slots: number; cores: number; count: number }
  gateways: { msPerJob: number; cores: number; count: number }
  redis: {
    /** Of one thread: Redis has no other for commands. */
    cores: number
    jobsPerSecondAtMost: number
    waitingBytes: number
    hotCopiesBytes: number
    cachedResultsBytes: number
    memoryBytes: number
  }
  cosmos: { unitsPerJob: number; unitsPerSecond: number; throughput: number; storedBytes: number }
  blob: {
    writesPerDay: number
    readsPerDay: number
    listsPerDay: number
    deletesPerDay: number
    storedBytes: number
  }
  traffic: { uploadedBytesPerDay: number; readBytesPerDay: number; answeredBytesPerDay: number }
}

const DAY_SECONDS = 86_400
/** One may be replaced or lost while another serves. */
const MIN_GATEWAYS = 2
/** As redis-job-events.ts keeps them. */
const MIN_HOT_SECONDS = 60
/** Steps of an autoscale maximum: https://learn.microsoft.com/azure/cosmos-db/provision-throughput-autoscale */
const THROUGHPUT_STEP = 1000

/** How much of everything a load takes, by straight lines from what one job takes. */
export function planCapacity(load: Load, rates: Rates): Plan {
  const { jobsPerSecond, imageBytes, busy, retentionDays } = load
  const jobsPerDay = jobsPerSecond * DAY_SECONDS
  const gatewayMs = rates.gateway.baseMs + rates.gateway.msPerByte * imageBytes
  const gatewayCores = coresFor(gatewayMs, load)
  const workerCores = coresFor(rates.pictureMs + rates.workerMs, load)
  const unitsPerJob = rates.cosmosUnits ?? reckonCosmosUnits(rates)

  return {
    workers: {
      slots: atLeast(1, coresFor(rates.pictureMs, load)),
      cores: workerCores,
      count: atLeast(1, workerCores / load.coresPerWorker),
    },
    gateways: { msPerJob: gatewayMs, cores: gatewayCores, count: atLeast(MIN_GATEWAYS, gatewayCores) },
    redis: planRedis(load, rates),
    cosmos: {
      unitsPerJob,
      unitsPerSecond: unitsPerJob * jobsPerSecond,
      throughput: atLeast(1, (unitsPerJob * jobsPerSecond) / busy / THROUGHPUT_STEP) * THROUGHPUT_STEP,
      storedBytes: rates.bytes.finished * jobsPerDay * retentionDays,
    },
    // An image is put once, read once, and at its end deleted after a look for what was drawn from it.
    blob: {
      writesPerDay: jobsPerDay,
      readsPerDay: jobsPerDay,
      listsPerDay: jobsPerDay,
      deletesPerDay: jobsPerDay,
      storedBytes: imageBytes * jobsPerDay * retentionDays,
    },
    traffic: {
      uploadedBytesPerDay: imageBytes * jobsPerDay,
      readBytesPerDay: imageBytes * jobsPerDay,
      answeredBytesPerDay: rates.bytes.answer * jobsPerDay,
    },
  }
}

function planRedis({ jobsPerSecond, busy, cacheSeconds, queueLimit }: Load, rates: Rates): Plan['redis'] {
  const { redis, bytes } = rates
  const waitingBytes = queueLimit * redis.waitingJobBytes
  const hotSeconds = Math.max(cacheSeconds, MIN_HOT_SECONDS)
  const hotCopiesBytes = jobsPerSecond * hotSeconds * (bytes.finished + redis.hotCopyOverheadBytes)
  const cachedResultsBytes =
    jobsPerSecond * cacheSeconds * (bytes.cachedResult + redis.cachedResultOverheadBytes)
  return {
    cores: (jobsPerSecond * rates.redisMs) / 1000,
    jobsPerSecondAtMost: (busy * 1000) / rates.redisMs,
    waitingBytes,
    hotCopiesBytes,
    cachedResultsBytes,
    memoryBytes: waitingBytes + hotCopiesBytes + cachedResultsBytes,
  }
}

/** Accepted: a write. Taken: a read. Finished: a read and a write. Erased: a write. */
function reckonCosmosUnits({ bytes }: Rates): number {
  const reads = 2 * cosmosCharge('read', bytes.accepted)
  const writes = cosmosCharge('write', bytes.accepted) + 2 * cosmosCharge('write', bytes.finished)
  return reads + writes
}

const coresFor = (ms: number, { jobsPerSecond, busy }: Load) => (jobsPerSecond * ms) / 1000 / busy

/** Rounding errors of a sum are no further machine. */
const atLeast = (least: number, needed: number) => Math.max(least, Math.ceil(needed - 1e-9))
