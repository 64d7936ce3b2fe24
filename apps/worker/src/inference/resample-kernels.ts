import { readFileSync } from 'node:fs'

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
    taps: number,
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

/** As much of it as is used here; its types come with those of browsers alone. */
declare const WebAssembly: {
  Memory: new (size: { initial: number }) => { buffer: ArrayBuffer; grow: (pages: number) => void }
  Module: new (code: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: object }
}

const PAGE_BYTES = 65_536
/** Kernels read and write whole groups of numbers: so much behind an array may be touched. */
const SPARE_BYTES = 32

export function openResampleKernels(): ResampleKernels {
  const memory = new WebAssembly.Memory({ initial: 16 })
  const compiled = new WebAssembly.Module(readFileSync(new URL('resample.wasm', import.meta.url)))
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })

  return {
    ...(exports as Pick<ResampleKernels, 'narrow' | 'flatten' | 'spread' | 'between'>),
    layOut(lengths) {
      let end = 0
      const begins = lengths.map((length) => {
        const begin = end
        end += Math.ceil((length + SPARE_BYTES) / 16) * 16
        return begin
      })
      const missing = end - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES))
      return begins
    },
    bytes: () => new Uint8Array(memory.buffer),
    numbers: () => new Int32Array(memory.buffer),
    floats: () => new Float32Array(memory.buffer),
  }
}
