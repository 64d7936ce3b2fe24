import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from '../bench/machine.ts'
import { drawProfiles } from './draw-profiles.ts'
import type { ScaleRules } from './scale-rules.ts'
import type { JobCosts, Outcome } from './virtual-cluster.ts'

export interface VirtualPart {
  machine: Machine
  measuredAt: string
  assumptions: {
    peakPerSecond: number
    workload: string
    imageBytes: number
    gatewayStartSeconds: number
    workerStartSeconds: number
    queueLimit: number
    clients: number
    seed: number
  }
  rules: ScaleRules
  costs: JobCosts
  outcomes: Outcome[]
}

export interface RealPart {
  machine: Machine
  measuredAt: string
  /** What the workers' model takes, sleeping. */
  sleepMs: number
  slots: number
  imageBytes: number
  seconds: number
  runs: RealRun[]
}

/** With so many gateways. */
export interface RealRun {
  gateways: number
  /** A second: pictures accepted, and jobs ended. */
  acceptedPerSecond: number
  endedPerSecond: number
  acceptP50Ms: number
  acceptP99Ms: number
  /** At the end of the load; it grew if there are many. */
  waiting: number
  /** Of the processor, for one job. */
  cpuMs: { gateway: number; redis: number; worker: number; load: number }
  /** The part of one thread that Redis used. */
  redisBusy: number
  /** Accepted, and not ended in the time given after the load. */
  notEnded: number
}

export interface Simulation {
  virtual?: VirtualPart | undefined
  real?: RealPart | undefined
}

export function readSimulation(folder: string): Simulation | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'simulation.json'), 'utf8')) as Simulation
  } catch {
    return undefined
  }
}

export function writeSimulation(folder: string, simulation: Simulation): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'simulation.json'), toJson(simulation))
  const { virtual } = simulation
  if (!virtual) return
  const { assumptions, measuredAt } = virtual
  const about = `${assumptions.peakPerSecond} requests a second at most, a worker starts in ${assumptions.workerStartSeconds} s; ${measuredAt.slice(0, 10)}`
  writeFileSync(join(folder, 'simulation.svg'), drawProfiles(virtual.outcomes, about))
}

/** Each sample on a line of its own, or nobody could read the file. */
function toJson(simulation: Simulation): string {
  const rows: string[] = []
  const text = JSON.stringify(
    simulation,
    (key, value: unknown) => {
      if (key !== 'samples') return value
      return (value as unknown[]).map((sample) => `@${rows.push(JSON.stringify(sample)) - 1}@`)
    },
    2,
  )
  return `${text.replace(/"@(\d+)@"/g, (_, at) => rows[Number(at)] ?? '')}\n`
}

export function describeOutcome({ profile, most, waitMs, ...outcome }: Outcome): string {
  const refused =
    outcome.refusals > 0
      ? `${outcome.refusals} told to come again, ${outcome.gaveUp} gave up`
      : 'none told to come again'
  return `${profile}: ${outcome.admitted} admitted of ${outcome.offered}, ${refused}, ${outcome.lost} lost; at most ${most.waiting} waited, ${most.workers} workers, ${most.gateways} gateways; waits ${waitMs.p50} / ${waitMs.p95} / ${waitMs.p99} ms (p50/p95/p99); empty ${outcome.drainSeconds} s after its end`
}
