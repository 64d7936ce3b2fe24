import { readFileSync } from 'node:fs'

/** As much of it as is used here; its types come with those of browsers alone. */
declare const WebAssembly: {
  Memory: new (size: { initial: number }) => { buffer: ArrayBuffer; grow: (pages: number) => void }
  Module: new (code: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: object }
}

const PAGE_BYTES = 65_536

export interface Wasm<Kernels> {
  kernels: Kernels
  /** Sees to it that there is so much memory. */
  reserve: (bytes: number) => void
  /** The memory as it is now: what grows it, `reserve`, makes earlier ones useless. */
  memory: () => ArrayBuffer
}

/** Loads the kernels that lie beside this file, with a memory of their own. */
export function openWasm<Kernels>(file: string): Wasm<Kernels> {
  const memory = new WebAssembly.Memory({ initial: 16 })
  const compiled = new WebAssembly.Module(readFileSync(new URL(file, import.meta.url)))
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
  return {
    kernels: exports as Kernels,
    reserve(bytes) {
      const missing = bytes - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES))
    },
    memory: () => memory.buffer,
  }
}
