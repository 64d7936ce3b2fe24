import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runProgram } from '../../packages/client/test/lupa-command.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = readFileSync(join(ROOT, 'docs/performance.md'), 'utf8')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lupa-test-docs-performance-'))
  cpSync(join(ROOT, 'models/bottle-status/samples/aberta-1.jpg'), join(folder, 'photo.jpg'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each(commands('npx lupa tune '))('%s', { timeout: 180_000 }, async (command) => {
  const program = `'${process.execPath}' '${join(ROOT, 'packages/client/bin/lupa.mjs')}'`
  const typed = `${command.replace('npx lupa', program)} --rounds 1 --seconds 0.2`
  const { code, stdout, stderr } = await runProgram(
    'sh',
    ['-c', typed],
    { MODELS_DIR: join(ROOT, 'models') },
    folder,
  )
  expect({ code, stdout, stderr }).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/WORKER_SLOTS=\d+ WORKER_THREADS=\d+ MICRO_BATCH=1/),
  })
  expect(readFileSync(join(folder, '.env'), 'utf8')).toMatch(/^WORKER_SLOTS=\d+$/m)
})

test('pnpm bench measures the whole way beside one process, and writes it down', {
  timeout: 240_000,
}, async () => {
  const options = ['--only', 'latency', '--rounds', '1', '--seconds', '0.5', '--out', folder]
  const { code, stdout, stderr } = await runProgram(
    process.execPath,
    [join(ROOT, 'scripts/bench.ts'), ...options],
    {},
  )
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 })
  const { rows } = JSON.parse(readFileSync(join(folder, 'latest.json'), 'utf8')) as { rows: unknown[] }
  expect(rows).toMatchObject([{ workload: 'latency', goal: 6, better: 'less' }])
  expect(readFileSync(join(folder, 'latest.svg'), 'utf8')).toContain('</svg>')
})

function commands(beginning: string): string[] {
  const blocks = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n'))
  return blocks.filter((line) => line.startsWith(beginning) && line.includes('--write'))
}
