import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Manifest, parseManifest } from '@lupa/core/models/manifest'
import type { ModelPackage } from '@lupa/core/models/model-package'
import type { ModelComparison, PictureFingerprint } from '@lupa/core/models/model-reports'
import { CommandError, UsageError } from '../command-error.ts'
import type { ClientConfig } from '../config.ts'
import { findModel } from '../find-model.ts'
import { createGateway } from '../gateway.ts'
import { assertVersionFree, stageModel } from '../install-model.ts'
import { assertName } from '../model-reference.ts'
import { openLupa } from '../open-lupa.ts'
import { describeQuantization } from '../quantize/describe-quantization.ts'
import { findPictures } from '../quantize/find-pictures.ts'
import { readStoredJobs, writeJobImages } from '../quantize/job-pictures.ts'
import { openPythonEnvironment } from '../quantize/python-environment.ts'
import type { QuantizationReport } from '../quantize/quantization-report.ts'
import { remeasureSelfTest } from '../quantize/remeasure-self-test.ts'
import { type CalibrationMethod, runQuantizer } from '../quantize/run-quantizer.ts'
import { keepApart, type Split, splitPictures } from '../quantize/split-pictures.ts'
import { runModelTool } from '../run-model-tool.ts'
import { createTemporaryFolder } from '../temporary-folder.ts'
import type { Terminal } from '../terminal.ts'

export interface QuantizeModelOptions {
  calibration?: string
  calibrationJobs?: number
  evaluate?: string
  method: CalibrationMethod
  minAgreement: number
  minSpeedup: number
  version?: string
  rounds: number
  threads: number
  url?: string
  json?: boolean
}

interface Deps {
  config: ClientConfig
  terminal: Terminal
}

/** `lupa models quantize`: an int8 version beside the float one, if it says the same and is faster. */
export async function quantizeModel(
  wanted: string,
  options: QuantizeModelOptions,
  { config, terminal }: Deps,
): Promise<void> {
  assertOneSource(options)
  const float = await findModel(config.modelsDirectory, wanted)
  const { name } = float
  const version = options.version ?? `${float.version}-int8`
  assertName('--version', version)
  await assertVersionFree(config.modelsDirectory, name, version)

  const python = await openPythonEnvironment(join(config.dataDirectory, 'tools'), {
    note: terminal.note,
    asked: config.python,
  })
  using work = await createTemporaryFolder(join(config.dataDirectory, 'tmp'), 'quantize-')
  const split = await choosePictures(float, work.path, options, { config, terminal })
  await withProgress(terminal, 'pictures', (onProgress) =>
    runModelTool(
      'calibration-tensors',
      { model: float, pictures: split.calibration, directory: work.path },
      onProgress,
    ),
  )
  const output = join(work.path, 'int8.onnx')
  const quantizer = await withProgress(terminal, 'calibration', (onProgress) =>
    runQuantizer(
      python,
      { model: float.path, output, tensors: work.path, method: options.method },
      onProgress,
    ),
  )

  using staged = await stageModel({ file: output, modelsDirectory: config.modelsDirectory, name, version })
  const said = await manifestOf(float)
  // What was measured of the float model does not hold for this one.
  const { metrics: _, self_test: __, ...manifest } = said
  await staged.describe({ ...manifest, name, version, sha256: staged.digest })
  const quantized = { path: staged.path, name, version }
  const { rounds, threads } = options
  const comparison = await withProgress(terminal, 'comparison', (onProgress) =>
    runModelTool(
      'compare-models',
      {
        float,
        quantized,
        pictures: split.evaluation,
        rounds,
        threads,
      },
      onProgress,
    ),
  )

  const report = toReport(float, version, split, quantizer, comparison, options)
  if (!options.json) for (const line of describeQuantization(report, terminal)) terminal.print(line)
  if (report.refused.length > 0) {
    if (options.json) terminal.printJson(report)
    throw new CommandError(`${name}@${version} was not installed: ${report.refused.join('; ')}.`)
  }
  await staged.describe({
    ...manifest,
    name,
    version,
    sha256: staged.digest,
    quantized_from: report.float,
    metrics: metricsOf(report),
    ...(await remeasureSelfTest(said, quantized)),
  })
  await staged.write('quantization.json', `${JSON.stringify(report, null, 2)}\n`)
  const place = await staged.install()
  if (options.json) return terminal.printJson({ ...report, path: place })
  terminal.print('')
  terminal.print(`${terminal.bold(`${name}@${version}`)} is in ${place}, with quantization.json beside it.`)
  terminal.print(
    `Ask for it by that name, or let it answer for ${name}: lupa models promote ${name}@${version}`,
  )
}

function assertOneSource({ calibration, calibrationJobs, evaluate }: QuantizeModelOptions): void {
  if ((calibration === undefined) === (calibrationJobs === undefined)) {
    throw new UsageError(
      'Which pictures is it to be calibrated on? Name a folder of them, --calibration DIR, or take those of jobs, --calibration-jobs 100.',
    )
  }
  if (evaluate !== undefined && calibration === undefined) {
    throw new UsageError('--evaluate DIR goes with --calibration DIR.')
  }
}

/** What to calibrate on and what to judge by, from a folder or from jobs. */
async function choosePictures(
  { name }: ModelPackage,
  directory: string,
  { calibration, calibrationJobs, evaluate, url }: QuantizeModelOptions,
  { config, terminal }: Deps,
): Promise<Split> {
  const paths =
    calibration === undefined
      ? await jobPictures(name, calibrationJobs ?? 0, directory, { url, config })
      : await findPictures(resolve(calibration))
  const fingerprints = (pictures: string[]): Promise<PictureFingerprint[]> =>
    withProgress(terminal, 'looking at pictures', (onProgress) =>
      runModelTool('fingerprint-pictures', { pictures }, onProgress),
    )
  const split =
    evaluate === undefined
      ? splitPictures(await fingerprints(paths))
      : keepApart(await fingerprints(paths), await fingerprints(await findPictures(resolve(evaluate))))
  for (const path of split.unreadable) terminal.note(`${path} cannot be read as a picture; it is left out.`)
  for (const path of split.alike) {
    terminal.note(`${path} looks like a picture to calibrate on; it is left out of the evaluation.`)
  }
  if (split.calibration.length > 0 && split.evaluation.length > 0) return split
  throw new CommandError(
    'There are too few pictures: some to calibrate on, and others, that do not look like them, to judge by. Give at least two, better thirty.',
  )
}

async function jobPictures(
  model: string,
  wanted: number,
  directory: string,
  { url, config }: { url: string | undefined; config: ClientConfig },
): Promise<string[]> {
  // The same image may have been sent again and again.
  const limit = wanted * 4
  if (url !== undefined) {
    const gateway = createGateway(openLupa({ url }, config))
    return writeJobImages(await gateway.listJobImages(model, limit), { wanted, directory, model })
  }
  await using jobs = await readStoredJobs(config.stores(), model, limit)
  return writeJobImages(jobs.images, { wanted, directory, model })
}

async function withProgress<T>(
  terminal: Terminal,
  title: string,
  perform: (onProgress: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  using progress = terminal.progress(title)
  return await perform(progress.update)
}

/** What was said of the float model. */
async function manifestOf({ path }: ModelPackage): Promise<Manifest> {
  const text = await readFile(join(dirname(path), 'manifest.json'), 'utf8').catch(() => '{}')
  return parseManifest(text)
}

function toReport(
  float: ModelPackage,
  version: string,
  split: Split,
  quantizer: QuantizationReport['quantizer'],
  comparison: ModelComparison,
  { minAgreement, minSpeedup }: QuantizeModelOptions,
): QuantizationReport {
  const { agreement, speed } = comparison
  const refused = [
    ...(agreement < minAgreement
      ? [`its agreement is ${agreement}, and --min-agreement is ${minAgreement}`]
      : []),
    ...(speed.ratio < minSpeedup
      ? [`it is ${speed.ratio} times as fast, and --min-speedup is ${minSpeedup}`]
      : []),
  ]
  const variants = split.calibration.filter(({ variant }) => variant > 0).length
  return {
    model: `${float.name}@${version}`,
    float: { name: float.name, version: float.version, digest: float.digest },
    calibration: { pictures: split.calibration.length - variants, variants },
    quantizer,
    comparison,
    refused,
  }
}

/** What a client sees of the report in `GET /v1/models`. */
function metricsOf({ comparison }: QuantizationReport): Record<string, unknown> {
  const { agreement, detections, classes, speed, pictures, variants } = comparison
  return {
    measured_on: `${pictures} pictures and ${variants} variants of them, not used to calibrate; the float model taken as the truth`,
    agreement,
    ...(detections ? { map50: detections.map50, map50_95: detections.map50_95 } : {}),
    ...(classes ? { top1: classes.top1 } : {}),
    speed_ratio: speed.ratio,
  }
}
