// The only way to ONNX Runtime: whoever imports it by itself lets it talk.
import type * as runtime from 'onnxruntime-node'

/**
 * From 1.29 on ONNX Runtime tells its maker over the internet of every model that it loads, its name and hash
 * among what it tells, and keeps an id of the machine in the home folder; unless this was set before it is loaded.
 * https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1'

export const { InferenceSession, Tensor } = await import('onnxruntime-node')
export type InferenceSession = runtime.InferenceSession
export type Tensor = runtime.Tensor
