import type { PlanReport } from '../commands/plan.ts'
import { formatTable } from '../format-table.ts'
import type { Terminal } from '../terminal.ts'
import type { Cost } from './plan-cost.ts'

/** The plan for people: each part's number, how it comes about, and what bounds it. */
export function describePlan(report: PlanReport, { bold, dim }: Pick<Terminal, 'bold' | 'dim'>): string[] {
  const { load } = report
  return [
    bold(
      `${load.jobsPerSecond} images a second of ${formatSize(load.imageBytes)} each, with ${report.model}`,
    ),
    '',
    ...describeParts(partsOf(report), dim),
    '',
    ...describeSources(report).map(dim),
    '',
    ...describeLimits(report),
    ...(report.cost ? describeCost(report.cost) : [NO_PRICES]),
  ]
}

const NO_PRICES = 'What it costs: copy deploy/azure/prices.json, fill it in, and name it with --prices.'

/** Part, number, how it comes about, and what bounds it. */
type Part = [part: string, number: string, how: string, boundedBy: string]

/** How it comes about stands below: beside the rest no terminal would be wide enough. */
function describeParts(parts: Part[], dim: (text: string) => string): string[] {
  const rows = parts.map(([part, number, , boundedBy]) => [part, number, boundedBy])
  const [header = '', ...lines] = formatTable(['PART', 'NUMBER', 'BOUNDED BY'], rows)
  return [header, ...lines.flatMap((line, at) => [line, dim(`  ${parts[at]?.[2]}`)])]
}

function partsOf({ load, rates, plan }: PlanReport): Part[] {
  const { workers, gateways, redis, cosmos, blob, traffic } = plan
  const { jobsPerSecond: rps, busy, coresPerWorker, retentionDays, cacheSeconds, queueLimit } = load
  const use = `at ${Math.round(busy * 100)} % use`
  return [
    [
      'child slots',
      `${workers.slots}`,
      `${rps}/s × ${ms(rates.pictureMs)} of a core, ${use}`,
      'cores: the model',
    ],
    [
      'workers',
      `${workers.count}`,
      `${rps}/s × (${ms(rates.pictureMs)} + ${ms(rates.workerMs)} of the worker itself), ${use}: ${workers.cores.toFixed(1)} cores, ${coresPerWorker} to a worker`,
      'cores; out without end, or up',
    ],
    [
      'gateways',
      `${gateways.count}`,
      `${rps}/s × (${ms(rates.gateway.baseMs)} + ${(rates.gateway.msPerByte * 1e6).toFixed(2)} ms a MB = ${ms(gateways.msPerJob)}), ${use}: ${gateways.cores.toFixed(1)} cores; never below 2`,
      'one thread each; only out',
    ],
    [
      'Redis processor',
      `${redis.cores.toFixed(2)} cores`,
      `${rps}/s × ${ms(rates.redisMs)}`,
      `one thread: ${Math.floor(redis.jobsPerSecondAtMost)} jobs/s ${use}; only up`,
    ],
    [
      'Redis memory',
      formatSize(redis.memoryBytes),
      `full queue of ${queueLimit}: ${formatSize(redis.waitingBytes)}; answers of ${Math.max(cacheSeconds, 60)} s: ${formatSize(redis.hotCopiesBytes)}; cache: ${formatSize(redis.cachedResultsBytes)}`,
      'RESULT_CACHE_SECONDS, QUEUE_LIMIT',
    ],
    [
      'Cosmos DB RU/s',
      `${cosmos.throughput}`,
      `${cosmos.unitsPerJob.toFixed(1)} RU a job (${rates.cosmosUnits === null ? '3 writes, 2 strong reads' : 'as given'}): ${Math.ceil(cosmos.unitsPerSecond)}, ${use}, in steps of 1000`,
      'what you provision; out by id',
    ],
    [
      'Cosmos DB storage',
      formatSize(cosmos.storedBytes),
      `${formatSize(rates.bytes.finished)} a record × ${retentionDays} days, without its index`,
      'retention',
    ],
    [
      'Blob operations a day',
      formatCount(blob.writesPerDay),
      'of each: a write, a read, and at its end a list and a delete per image',
      'the account’s request rate',
    ],
    [
      'Blob storage',
      formatSize(blob.storedBytes),
      `${formatSize(load.imageBytes)} × ${retentionDays} days`,
      'retention',
    ],
    [
      'traffic a day',
      formatSize(traffic.uploadedBytesPerDay),
      `images in, and as much to the workers; answers out: ${formatSize(traffic.answeredBytesPerDay)}`,
      'image size',
    ],
  ]
}

function describeSources({ rates, picture, source }: PlanReport): string[] {
  return [
    `Measured now, on this machine: ${rates.pictureMs} ms of the processor a picture (${picture.name}, ${picture.width} × ${picture.height}, median of ${picture.runs}, one thread), records of its prediction.`,
    `Measured before: gateway, worker and Redis by ${source}; bytes of Redis by docs/benchmarks/capacity.json.`,
    rates.cosmosUnits === null
      ? 'Not measured: RU are Microsoft’s figures by size of item, with strong reads; lists, polls, webhooks and housekeeping’s queries come on top. What they are is measured where Cosmos DB is: --ru-per-job.'
      : `Measured elsewhere: ${rates.cosmosUnits} RU a job, with all that was read and written besides (--ru-per-job).`,
    'All of it is a straight line through one small machine: an extrapolation. No picture comes twice here.',
  ]
}

function describeLimits({ load, plan: { redis } }: PlanReport): string[] {
  if (load.jobsPerSecond <= redis.jobsPerSecondAtMost) return []
  return [
    `Redis will not bear it on a core like this one: ${Math.floor(redis.jobsPerSecondAtMost)} jobs a second are its share of one thread, and all keys are in one slot.`,
    'Take faster cores, or several Lupas, each with Redis and stores of its own, and clients split among them.',
    '',
  ]
}

function describeCost({ currency, items, total, missing }: Cost): string[] {
  const money = (value: number) => `${value.toFixed(2)} ${currency ?? ''}`.trimEnd()
  const rows = items.map(({ name, unit, perMonth, cost }) => [name, formatCount(perMonth), unit, money(cost)])
  const sum = missing.length > 0 ? 'a month, without what is missing' : 'a month of 730 hours, stores full'
  return [
    ...(items.length > 0 ? formatTable(['PRICE', 'UNITS A MONTH', 'UNIT', 'COST'], rows) : []),
    ...(items.length > 0 ? ['', `${money(total)} ${sum}`] : []),
    ...missing.map(({ name, unit, look_up }) => `No price: ${name} (${unit}). Look it up at ${look_up}`),
  ]
}

const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ms`

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

function formatSize(bytes: number): string {
  const step = Math.min(SIZES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)))
  return `${(bytes / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${SIZES[step]}`
}

function formatCount(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`
  return value >= 100 ? `${Math.round(value)}` : value.toFixed(2)
}
