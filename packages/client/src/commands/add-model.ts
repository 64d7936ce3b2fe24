import { statSync } from 'node:fs'
import { CommandError, UsageError } from '../command-error.ts'
import type { ClientConfig } from '../config.ts'
import { describeCheck } from '../describe-check.ts'
import { stageModel } from '../install-model.ts'
import { toManifest } from '../manifest-options.ts'
import { assertName } from '../model-reference.ts'
import type { Terminal } from '../terminal.ts'
import { type CheckModelOptions, runCheck } from './check-model.ts'

export interface AddModelOptions extends CheckModelOptions {
  name: string
  version: string
}

/** `lupa models add`: makes a file a version of a model, if it can be served. */
export async function addModel(
  file: string,
  options: AddModelOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<void> {
  const { name, version, json } = options
  assertName('--name', name)
  assertName('--version', version)
  if (!(statSync(file, { throwIfNoEntry: false })?.isFile() ?? false)) {
    throw new UsageError(`There is no file ${file}. Name the .onnx file that was exported.`)
  }
  using staged = await stageModel({ file, modelsDirectory: config.modelsDirectory, name, version })
  const manifest = { name, version, ...toManifest(options), sha256: staged.digest }
  await staged.describe(manifest)
  const model = { path: staged.path, name, version }
  const { image, runs, threads } = options
  const check = {
    ...(await runCheck(model, { ...(image ? { image } : {}), runs, threads }, config)),
    path: file,
  }
  if (!json) for (const line of describeCheck(check, terminal)) terminal.print(line)
  if (check.failure !== null) {
    throw new CommandError(`${name}@${version} was not added. ${json ? check.failure : ''}`.trim())
  }
  const place = await staged.install()
  if (json) return terminal.printJson({ name, version, path: place, manifest, check })
  terminal.print(`${terminal.bold(`${name}@${version}`)} is in ${place}. A running Lupa finds it there.`)
}
