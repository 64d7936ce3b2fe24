import { basename } from 'node:path'
import type { ClientConfig } from '../config.ts'
import type { Job } from '../library/wire-types.ts'
import { openLupa } from '../open-lupa.ts'
import { describePrediction } from '../predict/describe-prediction.ts'
import type { Terminal } from '../terminal.ts'
import { formatBytes, formatShare } from '../units.ts'
import { colour } from './list-jobs.ts'

export interface ShowJobOptions {
  url?: string
  json?: boolean
}

/** `lupa jobs show`: one job, what was predicted, and where its time went. */
export async function showJob(
  id: string,
  { url, json }: ShowJobOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<void> {
  const job = await openLupa({ url }, config).get(id)
  if (json) return terminal.printJson(job)
  for (const [name, text] of factsOf(job, terminal)) terminal.print(`${terminal.dim(name.padEnd(12))}${text}`)
  for (const item of job.predictions ?? []) {
    const box = 'box' in item ? `  ${Object.values(item.box).map(Math.round).join(' ')}` : ''
    terminal.print(`  ${formatShare(item.confidence).padStart(7)}  ${item.name}${terminal.dim(box)}`)
  }
}

function factsOf(job: Job, terminal: Terminal): [string, string][] {
  const { image, model, error, timings, queue } = job
  const name = job.image_name === null ? '' : `${basename(job.image_name)}, `
  return [
    ['id', job.id],
    ['status', colour(job.status, terminal)],
    ['model', `${model.name}@${model.version} (${model.task})`],
    ['image', `${name}${image.width} × ${image.height}, ${image.format}, ${formatBytes(image.bytes)}`],
    ['created', job.created_at],
    ...(queue
      ? [['queue', `place ${queue.position}, ${queue.eta_seconds ?? '?'} s to go`] as [string, string]]
      : []),
    ['time', timeOf(timings)],
    ...(error ? [['error', `${error.code}: ${error.detail}`] as [string, string]] : []),
    ...(job.tags.length > 0 ? [['tags', job.tags.join(', ')] as [string, string]] : []),
    ...(job.status === 'succeeded' ? [['prediction', describePrediction(job)] as [string, string]] : []),
  ]
}

function timeOf(timings: Job['timings']): string {
  const stages = Object.entries(timings).flatMap(([name, value]) =>
    typeof value === 'number' && name.endsWith('_ms') && name !== 'total_ms'
      ? [`${name.replace('_ms', '')} ${value.toFixed(1)}`]
      : [],
  )
  const total = timings.total_ms === null ? 'not ended' : `${Math.round(timings.total_ms)} ms`
  return stages.length > 0 ? `${total} (${stages.join(', ')})` : total
}
