import type { ClientConfig } from '../config.ts'
import { formatTable } from '../format-table.ts'
import type { Job, JobFilters, JobStatus } from '../library/wire-types.ts'
import { openLupa } from '../open-lupa.ts'
import { describePrediction } from '../predict/describe-prediction.ts'
import type { Terminal } from '../terminal.ts'

export interface ListJobsOptions {
  status?: JobStatus
  model?: string
  tag?: string
  batch?: string
  since?: string
  limit: number
  url?: string
  json?: boolean
}

const HEADER = ['ID', 'CREATED', 'STATUS', 'MODEL', 'PREDICTION', 'TIME', 'IMAGE']

/** `lupa jobs list`: the caller's jobs, the newest first. */
export async function listJobs(
  { status, model, tag, batch, since, limit, url, json }: ListJobsOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<void> {
  const lupa = openLupa({ url }, config)
  const given = { status, model, tag, batch, created_after: since }
  const filters = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const jobs = await take(lupa.list(filters as JobFilters), limit)
  if (json) return terminal.printJson(jobs)
  if (jobs.length === 0) return terminal.print(`There is no such job at ${lupa.url}.`)
  printJobs(jobs, terminal)
}

export function printJobs(jobs: readonly Job[], terminal: Terminal): void {
  const rows = jobs.map((job) => [
    job.id,
    job.created_at.slice(0, 19).replace('T', ' '),
    colour(job.status, terminal),
    `${job.model.name}@${job.model.version}`,
    job.status === 'succeeded' ? describePrediction(job) : (job.error?.code ?? '–'),
    job.timings.total_ms === null ? '–' : `${Math.round(job.timings.total_ms)} ms`,
    job.image_name ?? '–',
  ])
  for (const [index, line] of formatTable(HEADER, rows).entries()) {
    terminal.print(index === 0 ? terminal.dim(line) : line)
  }
}

export function colour(status: JobStatus, { good, bad, dim }: Terminal): string {
  if (status === 'succeeded') return good(status)
  return status === 'queued' || status === 'running' ? dim(status) : bad(status)
}

export async function take<T>(things: AsyncIterable<T>, most: number): Promise<T[]> {
  const taken: T[] = []
  for await (const thing of things) {
    taken.push(thing)
    if (taken.length >= most) break
  }
  return taken
}
