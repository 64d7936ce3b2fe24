import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compileResampling, RESAMPLE_WASM } from './wasm.ts'

test('the compiled kernels are those of their source; `pnpm wasm` writes them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lupa-wasm-'))
  try {
    compileResampling(join(folder, 'resample.wasm'))
    expect(readFileSync(join(folder, 'resample.wasm')).equals(readFileSync(RESAMPLE_WASM))).toBe(true)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
