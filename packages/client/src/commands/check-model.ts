import { existsSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import type { ModelCheck, ToolModel } from '@lupa/core/models/model-reports'
import { CommandError } from '../command-error.ts'
import type { ClientConfig } from '../config.ts'
import { describeCheck } from '../describe-check.ts'
import { findModel } from '../find-model.ts'
import { type ManifestOptions, toManifest } from '../manifest-options.ts'
import { runModelTool } from '../run-model-tool.ts'
import type { Terminal } from '../terminal.ts'

export interface CheckModelOptions extends ManifestOptions {
  image?: string
  runs: number
  threads: number
  json?: boolean
}

/** `lupa models check`: what a model is, and what Lupa makes of it. Resolves to whether it can be served. */
export async function checkModel(
  wanted: string,
  options: CheckModelOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<boolean> {
  const model = await findToolModel(wanted, config)
  const check = await runCheck(model, options, config)
  if (options.json) terminal.printJson(check)
  else for (const line of describeCheck(check, terminal)) terminal.print(line)
  return check.failure === null
}

/** A file as it is, or a model of the folder by its name. */
async function findToolModel(wanted: string, config: ClientConfig): Promise<ToolModel> {
  if (isFile(wanted)) {
    return { path: resolve(wanted), name: basename(wanted).replace(/\.onnx$/i, ''), version: 'unpackaged' }
  }
  if (/\.onnx$|[\\/]/i.test(wanted)) {
    throw new CommandError(
      `There is no file ${wanted}. Name an .onnx file, or a model of ${config.modelsDirectory}.`,
    )
  }
  return findModel(config.modelsDirectory, wanted)
}

/** With options that say what the file does not, as if they were its manifest. */
export async function runCheck(
  model: ToolModel,
  options: Pick<CheckModelOptions, 'image' | 'runs' | 'threads'> & ManifestOptions,
  config: ClientConfig,
): Promise<ModelCheck> {
  const manifest = toManifest(options)
  const image = options.image ? existingFile(options.image) : sampleFor(model, config)
  const { runs, threads } = options
  if (Object.keys(manifest).length === 0) return runModelTool('check-model', { model, image, runs, threads })

  const folder = await mkdtemp(join(tmpdir(), 'lupa-check-'))
  try {
    const path = join(folder, 'model.onnx')
    symlinkSync(model.path, path)
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
    const check = await runModelTool('check-model', { model: { ...model, path }, image, runs, threads })
    return { ...check, path: model.path }
  } finally {
    await rm(folder, { recursive: true })
  }
}

export function existingFile(path: string): string {
  if (isFile(path)) return resolve(path)
  throw new CommandError(`There is no picture ${path}. Name one with --image.`)
}

const SHIPPED_SAMPLES = resolve(import.meta.dirname, '../../../../models/bottle-status/samples')

/** A picture of the model's own, else one that ships with Lupa; null where there is none. */
export function sampleFor({ path, name }: ToolModel, { modelsDirectory }: ClientConfig): string | null {
  const folders = [
    join(dirname(dirname(path)), 'samples'),
    join(modelsDirectory, name, 'samples'),
    SHIPPED_SAMPLES,
  ]
  for (const folder of folders.filter((candidate) => existsSync(candidate))) {
    const picture = readdirSync(folder)
      .toSorted()
      .find((file) => /\.(jpe?g|png|webp)$/i.test(file))
    if (picture) return join(folder, picture)
  }
  return null
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
