import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../../..')
const [MODEL = ''] = globSync(join(ROOT, 'models/bottle-status/*/model.onnx'))

/** What a process leaves in its home and in the folder for temporary files when it has loaded a model. */
function leftBy(script: string): string[] {
  const home = mkdtempSync(join(tmpdir(), 'lupa-test-home-'))
  try {
    execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: join(ROOT, 'apps/worker'),
      // And no CI, where it is silent by itself.
      env: { PATH: process.env.PATH, HOME: home, TMPDIR: home, XDG_CACHE_HOME: join(home, 'cache') },
    })
    return readdirSync(home)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

test('ONNX Runtime tells nobody of the models that it loads', () => {
  const raw = `const { InferenceSession } = await import('onnxruntime-node')
    await InferenceSession.create('${MODEL}')`
  // What it would do: without it this test says nothing.
  expect(leftBy(raw)).not.toEqual([])

  const ours = `const { openOnnxSession } = await import('./src/inference/onnx-session.ts')
    await openOnnxSession('${MODEL}', { threads: 1 })`
  expect(leftBy(ours)).toEqual([])
})

test('nobody gets to ONNX Runtime another way', () => {
  const sources = globSync(['apps/*/src/**/*.ts', 'packages/*/src/**/*.ts', 'scripts/**/*.ts'], { cwd: ROOT })
  const importers = sources.filter((path) =>
    /(from|import|require)\W+onnxruntime-node/.test(readFileSync(join(ROOT, path), 'utf8')),
  )
  expect(importers).toEqual(['apps/worker/src/inference/onnx-runtime.ts'])
})
