import { join } from 'node:path'
import { type RealPart, readSimulation, type VirtualPart } from '../simulate/report.ts'

/** What docs/scaling.md says of the last `npm run simulate`. */
export function simulatedLoads(root: string): string {
  const simulation = readSimulation(join(root, 'docs/benchmarks'))
  const { virtual, real } = simulation ?? {}
  if (!virtual || !real) throw new Error('docs/benchmarks/simulation.json is missing: run npm run simulate')
  return [...describeVirtual(virtual), '', ...describeReal(real)].join('\n')
}

function describeVirtual({ assumptions, rules, costs, outcomes }: VirtualPart): string[] {
  const { peakPerSecond, workload, gatewayStartSeconds, workerStartSeconds, queueLimit, clients } =
    assumptions
  const redisMs = costs.redisSubmitMs + costs.redisWorkMs
  return [
    `In virtual time, at most ${whole(peakPerSecond)} requests a second of ${clients} clients, each with a picture of its own for`,
    `${workload} (${costs.slotMs.toFixed(1)} ms of a slot, ${costs.gatewayMs.toFixed(1)} ms of a gateway, ${redisMs.toFixed(2)} ms of Redis); at most ${rules.gateway.max} gateways`,
    `and ${rules.worker.max} workers of ${rules.worker.cores} slots, ${whole(queueLimit)} places on the queue. Assumed: a gateway serves ${gatewayStartSeconds} s after it was asked`,
    `for, a worker ${workerStartSeconds} s.`,
    '',
    '| Load | Admitted | Told to come again | Gave up | Lost | Most waiting | Gateways | Workers | Redis, busiest 10 s | Wait p50 / p95 / p99 |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...outcomes.map(
      ({ profile, admitted, offered, refusals, gaveUp, lost, most, waitMs }) =>
        `| ${profile} | ${whole(admitted)} of ${whole(offered)} | ${whole(refusals)} times | ${whole(gaveUp)} | ${lost} | ${whole(most.waiting)} | ${most.gateways} | ${most.workers} | ${percent(most.redisBusy)} | ${[waitMs.p50, waitMs.p95, waitMs.p99].map(seconds).join(' / ')} |`,
    ),
    '',
    ...outcomes.map(({ profile, about }) => `- *${profile}*: ${about}.`),
  ]
}

function describeReal({
  machine,
  measuredAt,
  runs,
  sleepMs,
  slots,
  imageBytes,
  seconds: took,
}: RealPart): string[] {
  const best = runs.toSorted((one, other) => other.endedPerSecond - one.endedPerSecond)[0]
  const atMost = best ? (0.7 * 1000) / best.cpuMs.redis : 0
  return [
    `For real, on ${measuredAt.slice(0, 10)}: ${machine.cores} cores (${machine.processor}), load average ${machine.busyBefore} before it began; ${took} s each, pictures of`,
    `${Math.round(imageBytes / 1000)} kB, SQLite and a folder as stores, ${slots} slots in 2 workers whose model sleeps ${sleepMs} ms, clients on the same cores:`,
    '',
    '| Gateways | Accepted / s | Ended / s | Answer p50 / p99 | ms of gateway | of Redis | of worker | Redis, of its thread | Not ended |',
    '|---|---|---|---|---|---|---|---|---|',
    ...runs.map(
      ({
        gateways,
        acceptedPerSecond,
        endedPerSecond,
        acceptP50Ms,
        acceptP99Ms,
        cpuMs,
        redisBusy,
        notEnded,
      }) =>
        `| ${gateways} | ${acceptedPerSecond.toFixed(0)} | ${endedPerSecond.toFixed(0)} | ${acceptP50Ms} / ${acceptP99Ms} ms | ${cpuMs.gateway.toFixed(2)} | ${cpuMs.redis.toFixed(2)} | ${cpuMs.worker.toFixed(2)} | ${percent(redisBusy)} | ${notEnded} |`,
    ),
    '',
    `**Extrapolation**, nothing of it was measured: at ${best?.cpuMs.redis.toFixed(2)} ms a job, the highest rate's, one thread of Redis on a core like`,
    `this one bears ${whole(Math.round(atMost))} jobs a second at 70 % use, and a gateway ${best ? whole(Math.round(700 / best.cpuMs.gateway)) : '–'} pictures a second.`,
  ]
}

const whole = (value: number) => value.toLocaleString('en')
const percent = (part: number) => `${Math.round(part * 100)} %`
const seconds = (ms: number) => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`)
