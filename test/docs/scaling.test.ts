import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runProgram } from '../../packages/client/test/lupa-command.ts'
import { PROFILES } from '../../scripts/simulate/profiles.ts'
import { readSimulation } from '../../scripts/simulate/report.ts'
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

// That the page says what the file says is checked by `npm run docs -- --check`.
test('what was simulated lost nothing, and was a thousand requests a second', () => {
  const { virtual, real } = readSimulation(join(ROOT, 'docs/benchmarks')) ?? {}
  expect(virtual?.assumptions.peakPerSecond).toBe(1000)
  expect(virtual?.outcomes.map(({ profile }) => profile)).toEqual(PROFILES.map(({ name }) => name))
  for (const { profile, lost, admitted, ended, gaveUp, offered } of virtual?.outcomes ?? []) {
    expect({ profile, lost, ended }).toEqual({ profile, lost: 0, ended: admitted })
    expect(admitted + gaveUp).toBe(offered)
  }
  expect(real?.runs.map(({ notEnded }) => notEnded)).toEqual([0, 0, 0])
})

test('npm run simulate writes both parts down, each beside what there was of the other', {
  timeout: 300_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lupa-test-simulate-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const simulate = (...args: string[]) =>
    runProgram(process.execPath, [join(ROOT, 'scripts/simulate.ts'), '--out', folder, ...args], {}, ROOT)

  const virtually = await simulate('--only', 'virtual', '--profile', 'spike', '--rps', '20')
  expect(virtually).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^spike: (\d+) admitted of \1, none told/m),
  })
  const really = await simulate('--only', 'real', '--gateways', '1', '--seconds', '1')
  expect(really).toMatchObject({ code: 0, stdout: expect.stringContaining('accepted') })

  const { virtual, real } = readSimulation(folder) ?? {}
  expect(virtual?.outcomes).toMatchObject([{ profile: 'spike', lost: 0, gaveUp: 0 }])
  expect(real?.runs).toMatchObject([{ gateways: 1, notEnded: 0 }])
  expect(real?.runs[0]?.acceptedPerSecond).toBeGreaterThan(0)
  expect(readFileSync(join(folder, 'simulation.svg'), 'utf8')).toContain('</svg>')
})

test.each([
  ['--only', 'both', '--only both: must be virtual or real'],
  ['--rps', '0', '--rps 0: must be a whole number, 1 at least'],
  ['--profile', 'night', '--profile night: there are constant, ramp, spike, day'],
  ['--gateways', '0', '--gateways 0: must be whole numbers'],
  ['--speed', '9', '--speed'],
])('npm run simulate -- %s %s is refused: %s', async (option, value, told) => {
  const { code, stderr } = await runProgram(
    process.execPath,
    [join(ROOT, 'scripts/simulate.ts'), option, value],
    {},
    ROOT,
  )
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(told) })
})
