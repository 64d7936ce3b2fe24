import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeClientKey } from '../apps/gateway/test/client-keys.ts'
import { type ServedGateway, serveGateway } from '../apps/gateway/test/served-gateway.ts'
import { runProgram } from '../packages/client/test/lupa-command.ts'

// The clients of others, as they are on PyPI. LUPA_TEST_COMPAT=1 npm test -- compatibility fetches them.

const ROOT = join(import.meta.dirname, '..')
const EXAMPLES = join(ROOT, 'examples/python')
const ENVIRONMENT = join(ROOT, '.lupa/tools/compatibility')
const LOGIN = { API_USERNAME: 'ana', API_PASSWORD: 'secret' }
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
  let served: ServedGateway
  let env: NodeJS.ProcessEnv

  beforeAll(async () => {
    served = await serveGateway(LOGIN, ['photo.png', 'photo.jpg'])
    env = { LUPA_URL: served.url, LUPA_API_KEY: (await makeClientKey(served.gateway)).key }
  })
  afterAll(() => served[Symbol.asyncDispose]())

  const run = (script: string, model: string, more: NodeJS.ProcessEnv = {}) =>
    runProgram(PYTHON, [join(EXAMPLES, script), model, 'photo.png'], { ...env, ...more }, served.folder)

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
    const { code, stdout } = await runProgram(PYTHON, ['-c', program], env, served.folder)
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('person') })
  })

  test('inference-sdk, by both of its ways', { timeout: 60_000 }, async () => {
    const { code, stdout } = await run('with_inference_sdk.py', 'coco/2')
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'person 0.9\ncar 0.6\n'.repeat(2) })
    const missing = await run('with_inference_sdk.py', 'nothing/1')
    expect(missing.stderr).toContain('There is no such model')
  })
})
