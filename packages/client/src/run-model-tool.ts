import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type {
  CalibrationTensorsInput,
  CheckModelInput,
  CompareModelsInput,
  FingerprintPicturesInput,
  ModelCheck,
  ModelComparison,
  PictureFingerprint,
  ToolMessage,
  TuneModelInput,
  TuneReport,
} from '@lupa/core/models/model-reports'
import { CommandError } from './command-error.ts'

/** What runs models is the worker's: its tools are programs beside it, and are spoken to as such. */
interface ModelTools {
  'check-model': { input: CheckModelInput; result: ModelCheck }
  'calibration-tensors': { input: CalibrationTensorsInput; result: { written: number } }
  'compare-models': { input: CompareModelsInput; result: ModelComparison }
  'tune-model': { input: TuneModelInput; result: TuneReport }
  'fingerprint-pictures': { input: FingerprintPicturesInput; result: PictureFingerprint[] }
}

const TOOLS = resolve(import.meta.dirname, '../../../apps/worker/src/model-tools')

/** Runs one of the worker's tools. Rejects with what it says it could not do. */
export async function runModelTool<Name extends keyof ModelTools>(
  name: Name,
  input: ModelTools[Name]['input'],
  onProgress: (done: number, total: number) => void = () => {},
): Promise<ModelTools[Name]['result']> {
  const program = join(TOOLS, `${name}.ts`)
  if (!existsSync(program)) {
    throw new CommandError(
      `${program} is missing: models are run by Lupa's worker. Run this in its repository.`,
    )
  }
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'pipe'] })
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  // It stays open: the tool ends when this end of the pipe does, however this process dies.
  child.stdin.on('error', () => {})
  child.stdin.write(`${JSON.stringify(input)}\n`)

  let last: ToolMessage<ModelTools[Name]['result']> | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    last = JSON.parse(line) as ToolMessage<ModelTools[Name]['result']>
    if (last.type === 'progress') onProgress(last.done, last.total)
  }
  const [code, signal] = await closed
  if (last?.type === 'result') return last.result
  if (last?.type === 'failure') throw new CommandError(last.message)
  throw new CommandError(
    `${name} ended without an answer (${signal ?? `exit code ${code}`}).\n${stderr}`.trim(),
  )
}
