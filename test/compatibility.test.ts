import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeClientKey } from '../apps/gateway/test/client-keys.ts'
import { type GatewayUnderTest, startGateway } from '../apps/gateway/test/gateway-under-test.ts'
import { newImage } from '../apps/gateway/test/requests.ts'
import { runProgram } from '../packages/client/test/lupa-command.ts'
import { startRedisServer, type TestRedis } from '../packages/core/test/services/redis-server.ts'

// The clients of others, as they are on PyPI. LUPA_TEST_COMPAT=1 npm test -- compatibility fetches them.

const ROOT = join(import.meta.dirname, '..')
const EXAMPLES = join(ROOT, 'examples/python')
const ENVIRONMENT = join(ROOT, '.lupa/tools/compatibility')
const PYTHON = join(ENVIRONMENT, 'bin/python')

function fetchClients(): void {
  if (process.env.LUPA_TEST_COMPAT !== '1') return
  const requirements = join(EXAMPLES, 'requirements.txt')
  for (const [command, ...args] of [
    ['python3', '-m', 'venv', ENVIRONMENT],
    [PYTHON, '-m', 'pip', 'install', '--quiet', '-r', requirements],
  ] as [string, ...string[]][]) {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stderr}`)
  }
}

fetchClients()
const isThere = existsSync(PYTHON)

describe.skipIf(!isThere)('clients of others', () => {
  let redis: TestRedis
  let gateway: GatewayUnderTest
  let folder: string
  let env: NodeJS.ProcessEnv

  beforeAll(async () => {
    redis = await startRedisServer()
    gateway = await startGateway(redis.url, { env: { API_USERNAME: 'ana', API_PASSWORD: 'secret' } })
    const url = await gateway.app.listen({ port: 0, host: '127.0.0.1' })
    env = { LUPA_URL: url, LUPA_API_KEY: (await makeClientKey(gateway)).key }
    folder = mkdtempSync(join(tmpdir(), 'lupa-test-compatibility-'))
    for (const name of ['photo.png', 'photo.jpg']) writeFileSync(join(folder, name), newImage())
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true })
    await gateway[Symbol.asyncDispose]()
    await redis[Symbol.asyncDispose]()
  })

  const run = (script: string, model: string, more: NodeJS.ProcessEnv = {}) =>
    runProgram(PYTHON, [join(EXAMPLES, script), model, 'photo.png'], { ...env, ...more }, folder)

  test('tritonclient', { timeout: 60_000 }, async () => {
    expect(await run('with_tritonclient.py', 'coco')).toMatchObject({
      code: 0,
      stdout: "['boxes', 'scores', 'classes', 'labels']\nperson 0.9\ncar 0.6\n",
    })
    const stranger = await run('with_tritonclient.py', 'coco', { LUPA_API_KEY: 'lupa_wrong' })
    expect(stranger.code).not.toBe(0)
  })

  const page = readFileSync(join(ROOT, 'docs/compatibility.md'), 'utf8')
  const snippets = [...page.matchAll(/```python\n([\s\S]*?)```/g)].map(([, snippet = '']) => snippet)

  test.each(snippets)('docs/compatibility.md: %s', { timeout: 60_000 }, async (snippet) => {
    const program = snippet
      .replace('localhost:5000', new URL(env.LUPA_URL ?? '').host)
      .replace('lupa_…', env.LUPA_API_KEY ?? '')
      .replace('"bottles', '"coco')
      .replace('/1"', '/2"')
    const { code, stdout } = await runProgram(PYTHON, ['-c', program], env, folder)
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('person') })
  })

  test('inference-sdk, by both of its ways', { timeout: 60_000 }, async () => {
    const { code, stdout } = await run('with_inference_sdk.py', 'coco/2')
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'person 0.9\ncar 0.6\n'.repeat(2) })
    const missing = await run('with_inference_sdk.py', 'nothing/1')
    expect(missing.stderr).toContain('There is no such model')
  })
})
