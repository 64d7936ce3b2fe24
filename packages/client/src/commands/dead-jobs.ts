import { UsageError } from '../command-error.ts'
import type { ClientConfig } from '../config.ts'
import { formatTable } from '../format-table.ts'
import type { Job } from '../library/wire-types.ts'
import { openLupa } from '../open-lupa.ts'
import type { Terminal } from '../terminal.ts'
import { take } from './list-jobs.ts'

export interface DeadJobsOptions {
  limit: number
  url?: string
  json?: boolean
}

export interface ReplayJobsOptions {
  code?: string
  limit?: number
  url?: string
  json?: boolean
}

type DeadJob = Job & { client: string }

interface Replays {
  replayed: { id: string; job: string }[]
  refused: { id: string; code: string; detail: string }[]
}

/** `lupa jobs dead`: what failed for good, of all clients. */
export async function deadJobs(
  { limit, url, json }: DeadJobsOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<void> {
  const lupa = openLupa({ url }, config)
  const jobs = await take(lupa.pages<DeadJob>('/v1/dead'), limit)
  if (json) return terminal.printJson(jobs)
  if (jobs.length === 0) return terminal.print('There are no dead letters.')
  const rows = jobs.map(({ id, client, error, model, attempt, finished_at }) => [
    id,
    finished_at?.slice(0, 19).replace('T', ' ') ?? '–',
    client,
    `${model.name}@${model.version}`,
    `${attempt}`,
    error?.code ?? '–',
  ])
  const lines = formatTable(['ID', 'FAILED', 'CLIENT', 'MODEL', 'ATTEMPTS', 'ERROR'], rows)
  for (const [index, line] of lines.entries()) terminal.print(index === 0 ? terminal.dim(line) : line)
  terminal.note(
    'Run them again: lupa jobs replay ID…, or all of one error: lupa jobs replay --code worker_lost',
  )
}

/** `lupa jobs replay`: runs dead letters again. Resolves to whether all of them were taken. */
export async function replayJobs(
  ids: string[],
  { code, limit, url, json }: ReplayJobsOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<boolean> {
  if (ids.length === 0 && code === undefined) {
    throw new UsageError('Which ones? Name their ids, or the error they failed with: --code worker_lost')
  }
  const wish = code === undefined ? { ids } : { code, ...(limit === undefined ? {} : { limit }) }
  const replays = await openLupa({ url }, config).request('POST', '/v1/dead/replay', {
    json: wish,
    read: (response) => response.json() as Promise<Replays>,
  })
  if (json) terminal.printJson(replays)
  else {
    for (const { id, job } of replays.replayed) terminal.print(`${id} runs again as ${job}.`)
    for (const { id, detail } of replays.refused) terminal.note(`${terminal.bad('✗')} ${id}: ${detail}`)
    if (replays.replayed.length + replays.refused.length === 0) terminal.print('There was none.')
  }
  return replays.refused.length === 0
}
