import { readFileSync, statSync } from 'node:fs'
import type { ModelTrial } from '@lupa/core/models/model-reports'
import { CommandError } from '../command-error.ts'
import type { ClientConfig } from '../config.ts'
import { findModel } from '../find-model.ts'
import { describePlan } from '../plan/describe-plan.ts'
import { readMeasuredRates } from '../plan/measured-rates.ts'
import { type Load, type Plan, planCapacity, type Rates } from '../plan/plan-capacity.ts'
import { type Cost, PriceFile, planCost } from '../plan/plan-cost.ts'
import { recordBytes } from '../plan/record-bytes.ts'
import { runModelTool } from '../run-model-tool.ts'
import type { Terminal } from '../terminal.ts'
import { existingFile, sampleFor } from './check-model.ts'

export interface PlanOptions {
  rps: number
  model?: string
  image?: string
  imageBytes?: number
  cores: number
  busy: number
  retentionDays: number
  cacheSeconds: number
  queueLimit: number
  ruPerJob?: number
  runs: number
  prices?: string
  json?: boolean
}

export interface PlanReport {
  model: string
  /** The picture that was measured with. */
  picture: { name: string; width: number; height: number; runs: number }
  load: Load
  rates: Rates
  /** Where the rates come from that were not measured just now. */
  source: string
  plan: Plan
  cost: Cost | null
}

const DEFAULT_MODEL = 'bottle-status'

/** `lupa plan`: what a load takes of everything, from what was measured. */
export async function plan(
  options: PlanOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<void> {
  const prices = options.prices === undefined ? null : readPrices(options.prices)
  const { source, ...measured } = readMeasuredRates()
  const name = options.model ?? process.env.DEFAULT_MODEL ?? DEFAULT_MODEL
  const model = await findModel(config.modelsDirectory, name)
  const image = options.image ? existingFile(options.image) : sampleFor(model, config)
  if (!image) throw new CommandError(`${model.name} has no sample. Name a picture with --image.`)
  const trial = await measure()

  const load = toLoad(options, options.imageBytes ?? statSync(image).size)
  const bytes = recordBytes(model, trial, load.imageBytes)
  const rates: Rates = { ...measured, pictureMs: trial.cpu_ms, cosmosUnits: options.ruPerJob ?? null, bytes }
  const planned = planCapacity(load, rates)
  const { image: picture, width, height, runs } = trial
  const report: PlanReport = {
    model: `${model.name}@${model.version}`,
    picture: { name: picture, width, height, runs },
    load,
    rates,
    source,
    plan: planned,
    cost: prices && planCost(planned, load, prices),
  }
  if (options.json) terminal.printJson(report)
  else for (const line of describePlan(report, terminal)) terminal.print(line)

  async function measure(): Promise<ModelTrial> {
    const { failure, trial: made } = await runModelTool('check-model', {
      model,
      image,
      runs: options.runs,
      threads: 1,
    })
    if (!made) throw new CommandError(`${model.name}@${model.version} cannot be measured: ${failure}`)
    return made
  }
}

function toLoad(options: PlanOptions, imageBytes: number): Load {
  const { rps, cores, busy, retentionDays, cacheSeconds, queueLimit } = options
  return {
    jobsPerSecond: rps,
    imageBytes,
    coresPerWorker: cores,
    busy,
    retentionDays,
    cacheSeconds,
    queueLimit,
  }
}

function readPrices(path: string): PriceFile {
  try {
    return PriceFile.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    throw new CommandError(`${path} is no file of prices. Copy deploy/azure/prices.json and fill it in.`, {
      cause,
    })
  }
}
