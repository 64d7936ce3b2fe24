import { totalmem } from 'node:os'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** Gauges that are named as counters, and what is named after its type: `promtool check metrics` refuses them. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
  'nodejs_eventloop_utilization_histogram',
  'nodejs_eventloop_utilization_summary',
]

/**
 * How often the event loop is looked at. Its lag is told with these milliseconds in it, as Node counts. Ten, which
 * is what the library would take, cost an idle process a hundredth of a core.
 */
export const LOOP_LOOK_MS = 50

/** Where a process keeps its metrics, with those that every process has. */
export function createProcessRegistry({ app, version }: { app: string; version: string }): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_LOOK_MS })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  new Gauge({
    name: 'lupa_build_info',
    help: 'What this process is; always 1.',
    labelNames: ['app', 'version', 'node'],
    registers: [registry],
  }).set({ app, version, node: process.version }, 1)
  new Gauge({
    name: 'lupa_memory_limit_bytes',
    help: 'Memory that this process and its children may use: the limit of its container, else what the machine has.',
    registers: [registry],
  }).set(memoryLimitBytes())
  return registry
}

function memoryLimitBytes(): number {
  const constrained = process.constrainedMemory()
  // Without a limit cgroups say a number beyond any machine's.
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}
