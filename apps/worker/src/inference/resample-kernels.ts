import { openWasm } from './open-wasm.ts'

/**
 * The inner loops of resampling, four numbers at a time: `wasm/resample.ts`, compiled. JavaScript has no such
 * instructions, and takes four times as long.
 */
export interface ResampleKernels {
  narrow: (
    source: number,
    sourceWidth: number,
    rows: number,
    target: number,
    stride: number,
    width: number,
    first: number,
    end: number,
    weights: number,
    pairs: number,
  ) => void
  flatten: (
    source: number,
    stride: number,
    rows: number,
    weights: number,
    target: number,
    bytes: number,
  ) => void
  spread: (source: number, pixels: number, target: number, plane: number) => void
  between: (
    upper: number,
    lower: number,
    down: number,
    before: number,
    across: number,
    width: number,
    target: number,
    plane: number,
  ) => void
  /** Lays out the memory anew, for arrays of so many bytes: resolves to where each begins. */
  layOut: (lengths: readonly number[]) => number[]
  /** The memory as it is now: what grows it, `layOut`, makes earlier views useless. */
  bytes: () => Uint8Array
  numbers: () => Int32Array
  floats: () => Float32Array
}

/** Kernels read and write whole groups of numbers: so much behind an array may be touched. */
const SPARE_BYTES = 32

export function openResampleKernels(): ResampleKernels {
  const { kernels, reserve, memory } =
    openWasm<Pick<ResampleKernels, 'narrow' | 'flatten' | 'spread' | 'between'>>('resample.wasm')

  return {
    ...kernels,
    layOut(lengths) {
      let end = 0
      const begins = lengths.map((length) => {
        const begin = end
        end += Math.ceil((length + SPARE_BYTES) / 16) * 16
        return begin
      })
      reserve(end)
      return begins
    },
    bytes: () => new Uint8Array(memory()),
    numbers: () => new Int32Array(memory()),
    floats: () => new Float32Array(memory()),
  }
}
