import { createRedisAdmission } from '@lupa/core/jobs/redis-admission'
import { producerConnection, untilReady } from '@lupa/core/jobs/redis-connection'
import { createLogger } from '@lupa/core/runtime/logger'
import { startRedisServer } from '../../packages/core/test/services/redis-server.ts'
import type { SimulateOptions } from '../simulate.ts'
import { readJobCosts } from './job-costs.ts'
import type { RealPart, VirtualPart } from './report.ts'
import { readScaleRules, type ScaleRules } from './scale-rules.ts'
import { runVirtualCluster } from './virtual-cluster.ts'

/** Each profile on a cluster of its own, with an empty Redis. */
export async function runProfiles(
  options: SimulateOptions,
  real: RealPart | undefined,
  say: (text: string) => void,
): Promise<Omit<VirtualPart, 'machine'>> {
  const { peakPerSecond, workload, imageBytes, queueLimit, clients, seed } = options
  const { gatewayStartSeconds, workerStartSeconds } = options
  const rules = withChoices(readScaleRules(), options)
  const costs = readJobCosts(workload, imageBytes, real)
  const assumptions = {
    peakPerSecond,
    workload,
    imageBytes,
    gatewayStartSeconds,
    workerStartSeconds,
    queueLimit,
    clients,
    seed,
  }
  const outcomes = []
  for (const profile of options.profiles) {
    say(`${profile.name}: ${profile.about}`)
    await using server = await startRedisServer()
    const logger = createLogger('simulate', { level: 'error', pretty: false })
    const redis = producerConnection({ redisUrl: server.url, logger })
    await untilReady(redis, { timeoutMs: 10_000 })
    const progress = progressEvery(60, say)
    outcomes.push(
      await runVirtualCluster({
        ...assumptions,
        profile,
        rules,
        costs,
        admission: createRedisAdmission({ redis, limit: queueLimit }),
        onProgress: progress,
      }),
    )
    redis.disconnect()
  }
  return { measuredAt: new Date().toISOString(), assumptions, rules, costs, outcomes }
}

function withChoices({ gateway, worker }: ScaleRules, options: SimulateOptions): ScaleRules {
  const cores = options.worker.cores ?? worker.cores
  const { active } = worker.jobsPerWorker
  return {
    gateway: { ...gateway, max: options.gateway.max ?? gateway.max },
    worker: {
      ...worker,
      cores,
      min: options.worker.min ?? worker.min,
      max: options.worker.max ?? worker.max,
      jobsPerWorker: {
        ...worker.jobsPerWorker,
        ...(active !== undefined && { active: active === worker.cores ? cores : active }),
      },
    },
  }
}

function progressEvery(seconds: number, say: (text: string) => void) {
  return (second: number, of: number) => {
    if (second % seconds === 0) say(`  ${second} s of ${of} s`)
  }
}
