import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compileKernels, KERNELS, wasmOf } from './wasm.ts'

test.each(KERNELS)(
  'the compiled kernels of %s are those of their source; `pnpm wasm` writes them',
  (kernels) => {
    const folder = mkdtempSync(join(tmpdir(), 'lupa-wasm-'))
    try {
      const compiled = join(folder, 'compiled.wasm')
      compileKernels(kernels, compiled)
      expect(readFileSync(compiled).equals(readFileSync(wasmOf(kernels)))).toBe(true)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)
