import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeClientKey } from '../apps/gateway/test/client-keys.ts'
import { type GatewayUnderTest, startGateway } from '../apps/gateway/test/gateway-under-test.ts'
import { newImage } from '../apps/gateway/test/requests.ts'
import { runProgram } from '../packages/client/test/lupa-command.ts'
import { startRedisServer, type TestRedis } from '../packages/core/test/services/redis-server.ts'

const ROOT = join(import.meta.dirname, '..')
const EXAMPLES = join(ROOT, 'examples')
const hasPython = spawnSync('python3', ['--version'], { stdio: 'ignore' }).status === 0

let redis: TestRedis
let gateway: GatewayUnderTest
let folder: string
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  redis = await startRedisServer()
  gateway = await startGateway(redis.url, { env: { API_USERNAME: 'ana', API_PASSWORD: 'secret' } })
  const url = await gateway.app.listen({ port: 0, host: '127.0.0.1' })
  env = { LUPA_URL: url, LUPA_API_KEY: (await makeClientKey(gateway)).key }
  folder = mkdtempSync(join(tmpdir(), 'lupa-test-examples-'))
  mkdirSync(join(folder, 'photos'))
  for (const name of ['photo.png', 'photos/a.png', 'photos/b.png'])
    writeFileSync(join(folder, name), newImage())
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

test('typescript/predict.ts counts what is in a folder', async () => {
  const library = JSON.stringify(join(ROOT, 'packages/client/src/library/node.ts'))
  const program = readFileSync(join(EXAMPLES, 'typescript/predict.ts'), 'utf8').replace("'lupa'", library)
  writeFileSync(join(folder, 'predict.ts'), program)
  const { code, stdout, stderr } = await runProgram(process.execPath, ['predict.ts', 'photos'], env, folder)
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '2 person\n', stderr: '' })
})

describe.skipIf(!hasPython)('python/predict.py', () => {
  const run = (more: NodeJS.ProcessEnv = {}) =>
    runProgram('python3', [join(EXAMPLES, 'python/predict.py'), 'photo.png'], { ...env, ...more }, folder)

  test('prints what is in a picture', async () => {
    const { code, stdout, stderr } = await run()
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'photo.png: person 0.900\nphoto.png: car 0.600\n',
      stderr: '',
    })
  })

  test('says why it is refused', async () => {
    expect(await run({ LUPA_API_KEY: 'lupa_wrong' })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The credentials/),
    })
  })
})
