import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runProgram } from '../../packages/client/test/lupa-command.ts'
import { measureRedisMemory } from './redis-memory.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = readFileSync(join(ROOT, 'docs/scaling.md'), 'utf8')

const commands = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = '']) => block.split('\n'))
  .filter((line) => line.startsWith('npx lupa plan '))

test('the page shows commands', () => expect(commands.length).toBeGreaterThan(0))

test.each(commands)('%s', { timeout: 90_000 }, async (command) => {
  const program = `'${process.execPath}' '${join(ROOT, 'packages/client/bin/lupa.mjs')}'`
  const typed = `${command.replace('npx lupa', program)} --runs 1`
  const env = { MODELS_DIR: join(ROOT, 'models') }
  const { code, stdout, stderr } = await runProgram('sh', ['-c', typed], env, ROOT)
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^workers +\d+/m) })
})

test('docs/benchmarks/capacity.json says what Redis holds for a job', { timeout: 120_000 }, async () => {
  const { redis } = JSON.parse(readFileSync(join(ROOT, 'docs/benchmarks/capacity.json'), 'utf8'))
  const measured = await measureRedisMemory()
  for (const [name, bytes] of Object.entries(measured)) {
    const ratio = bytes / redis[name]
    expect({ name, ratio, isSame: ratio > 0.7 && ratio < 1.4 }).toMatchObject({ isSame: true })
  }
})
