import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { TunedSettings, TuneReport } from '@lupa/core/models/model-reports'
import { CommandError } from '../command-error.ts'
import type { ClientConfig } from '../config.ts'
import { findModel } from '../find-model.ts'
import { formatTable } from '../format-table.ts'
import { runModelTool } from '../run-model-tool.ts'
import type { Terminal } from '../terminal.ts'
import { writeSettings } from '../write-settings.ts'
import { existingFile, sampleFor } from './check-model.ts'

export interface TuneModelOptions {
  image?: string
  seconds: number
  rounds: number
  write?: string | true
  json?: boolean
}

const DEFAULT_MODEL = 'bottle-status'

/** `lupa tune`: which slots, threads and batch this machine is fastest with. */
export async function tuneModel(
  wanted: string | undefined,
  options: TuneModelOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<void> {
  const model = await findModel(config.modelsDirectory, wanted ?? process.env.DEFAULT_MODEL ?? DEFAULT_MODEL)
  const image = options.image ? existingFile(options.image) : sampleFor(model, config)
  if (!image) throw new CommandError(`${model.name} has no sample. Name a picture with --image.`)
  const report = await measure()
  if (options.json) terminal.printJson(report)
  else for (const line of describe(report, terminal)) terminal.print(line)
  if (options.write) save(report, resolve(options.write === true ? '.env' : options.write), terminal)

  async function measure(): Promise<TuneReport> {
    using progress = terminal.progress(`${model.name}@${model.version}`)
    const { seconds, rounds } = options
    return await runModelTool(
      'tune-model',
      { model, image: image as string, seconds, rounds },
      progress.update,
    )
  }
}

function describe({ cores, trials }: TuneReport, terminal: Terminal): string[] {
  const rows = trials.map(({ slots, threads, batch, perSecond, aloneMs }) =>
    [slots, threads, batch, perSecond.toFixed(1), aloneMs.toFixed(1)].map(String),
  )
  const best = trials[0]
  return [
    ...formatTable(['slots', 'threads', 'batch', 'images/s', 'alone ms'], rows),
    '',
    `Fastest on these ${cores} cores: ${terminal.bold(best ? toLines(best).join(' ') : '–')}`,
  ]
}

/** What the worker is to be told. */
export function toSettings({ slots, threads, batch }: TunedSettings): Record<string, string> {
  return { WORKER_SLOTS: `${slots}`, WORKER_THREADS: `${threads}`, MICRO_BATCH: `${batch}` }
}

const toLines = (best: TunedSettings) =>
  Object.entries(toSettings(best)).map(([name, value]) => `${name}=${value}`)

function save({ trials: [best] }: TuneReport, path: string, terminal: Terminal): void {
  if (!best) return
  const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
  writeFileSync(path, writeSettings(before, toSettings(best)))
  terminal.note(`Written to ${path}.`)
}
