import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './checks/run-check.ts'

// Compiles the kernels that the worker runs: `pnpm wasm`.

export const KERNELS = ['resample', 'jpeg']

export const wasmOf = (kernels: string) => join(ROOT, `apps/worker/src/inference/${kernels}.wasm`)

/** By its command: importing the compiler would bring its own types of arrays along. */
export function compileKernels(kernels: string, target: string): void {
  const compiler = join(ROOT, 'node_modules/assemblyscript/bin/asc.js')
  const source = join(ROOT, `apps/worker/wasm/${kernels}.ts`)
  const options = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--importMemory', '--noExportMemory']
  execFileSync(process.execPath, [compiler, source, '--outFile', target, ...options], { cwd: ROOT })
}

if (import.meta.main) for (const kernels of KERNELS) compileKernels(kernels, wasmOf(kernels))
