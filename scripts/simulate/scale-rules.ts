import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../checks/run-check.ts'
import type { ScaleBounds } from './autoscaler.ts'

/** What the Bicep says of scaling: each of these numbers stands there alone. */
export interface ScaleRules {
  gateway: Omit<ScaleBounds, 'startSeconds'> & {
    /** Requests at a time in each; counted as those of the last fifteen seconds by fifteen. */
    concurrentRequests: number
    cpuPercent: number
    cores: number
  }
  worker: Omit<ScaleBounds, 'startSeconds'> & {
    cores: number
    /** Jobs in each list of the queue for one worker. */
    jobsPerWorker: Record<string, number>
  }
}

/** HTTP rules are looked at so often: https://learn.microsoft.com/azure/container-apps/scale-app#http */
const HTTP_EVERY_SECONDS = 15
/** Where a file says nothing else: https://learn.microsoft.com/azure/container-apps/scale-app#scale-behavior */
const COOLDOWN_SECONDS = 300

export function readScaleRules(): ScaleRules {
  const [main, gateway, worker] = ['main', 'modules/gateway', 'modules/worker'].map((path) =>
    readFileSync(join(ROOT, 'deploy/azure/infra', `${path}.bicep`), 'utf8'),
  ) as [string, string, string]
  const parameter = (name: string) => numberIn(main, new RegExp(`^param ${name} \\w+ = '?([\\d.]+)'?$`, 'm'))
  const cores = parameter('workerCpu')
  return {
    gateway: {
      min: parameter('gatewayMin'),
      max: parameter('gatewayMax'),
      everySeconds: HTTP_EVERY_SECONDS,
      cooldownSeconds: COOLDOWN_SECONDS,
      concurrentRequests: numberIn(gateway, /concurrentRequests: '(\d+)'/),
      cpuPercent: numberIn(gateway, /type: 'Utilization', value: '(\d+)'/),
      cores: numberIn(gateway, /cpu: json\('([\d.]+)'\)/),
    },
    worker: {
      min: parameter('workerMin'),
      max: parameter('workerMax'),
      everySeconds: numberIn(worker, /pollingInterval: (\d+)/),
      cooldownSeconds: numberIn(worker, /cooldownPeriod: (\d+)/),
      cores,
      jobsPerWorker: jobsPerWorker(worker, cores),
    },
  }
}

function jobsPerWorker(worker: string, cores: number): Record<string, number> {
  const lists = [...(/var queues = \[([^\]]+)\]/.exec(worker)?.[1] ?? '').matchAll(/'(\w+)'/g)]
  const usual = numberIn(worker, /var jobsPerWorker = '(\d+)'/)
  // `active` has as many for each worker as it has slots, if the file says so.
  const isByCores = worker.includes("listLength: queue == 'active' ? slots[cpu] : jobsPerWorker")
  return Object.fromEntries(
    lists.map(([, list = '']) => [list, isByCores && list === 'active' ? Math.floor(cores) : usual]),
  )
}

function numberIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`The Bicep does not say ${pattern}`)
  return Number(found)
}
