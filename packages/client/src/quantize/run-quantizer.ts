import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { CommandError } from '../command-error.ts'
import type { PythonEnvironment } from './python-environment.ts'

const PROGRAM = resolve(import.meta.dirname, '../../python/quantize.py')

export const CALIBRATION_METHODS = ['minmax', 'percentile', 'entropy'] as const
export type CalibrationMethod = (typeof CALIBRATION_METHODS)[number]

export interface QuantizerJob {
  model: string
  output: string
  /** Holds the tensors to calibrate with, as .npy files. */
  tensors: string
  method: CalibrationMethod
}

/** What was done to the graph. */
export interface QuantizerReport {
  method: CalibrationMethod
  tensors: number
  layers: number
  /** Of those, left in float. */
  float_layers: number
}

type Line =
  | { step: 'calibrate'; done: number; total: number }
  | { step: 'quantize' }
  | ({ step: 'done' } & QuantizerReport)
  | { step: 'refused'; reason: string }

/** Makes an int8 model in Python: ONNX Runtime's quantizer is written in it. */
export async function runQuantizer(
  { python }: PythonEnvironment,
  job: QuantizerJob,
  onProgress: (done: number, total: number) => void,
): Promise<QuantizerReport> {
  const child = spawn(python, [PROGRAM, JSON.stringify(job)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // ONNX Runtime tells its maker of the models it loads, else.
    env: { ORT_DISABLE_TELEMETRY: '1', ...process.env },
  })
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))

  let last: Line | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    // Libraries may print, too.
    if (!line.startsWith('{"step"')) continue
    last = JSON.parse(line) as Line
    if (last.step === 'calibrate') onProgress(last.done, last.total)
  }
  const [code, signal] = await closed
  if (last?.step === 'done' && code === 0) {
    const { step: _, ...report } = last
    return report
  }
  if (last?.step === 'refused') throw new CommandError(last.reason)
  throw new CommandError(`Quantizing failed (${signal ?? `exit code ${code}`}).\n${stderr.trim()}`)
}
