import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GatewayUnderTest, startGateway } from '../../apps/gateway/test/gateway-under-test.ts'
import { newImage } from '../../apps/gateway/test/requests.ts'
import { runProgram } from '../../packages/client/test/lupa-command.ts'
import { startRedisServer, type TestRedis } from '../../packages/core/test/services/redis-server.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = readFileSync(join(ROOT, 'docs/client.md'), 'utf8')

let redis: TestRedis
let gateway: GatewayUnderTest
let folder: string
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  redis = await startRedisServer()
  gateway = await startGateway(redis.url)
  const url = await gateway.app.listen({ port: 0, host: '127.0.0.1' })
  folder = mkdtempSync(join(tmpdir(), 'lupa-test-docs-client-'))
  mkdirSync(join(folder, 'photos'))
  for (const name of ['photo.jpg', 'photos/a.png', 'photos/b.png'])
    writeFileSync(join(folder, name), newImage())
  env = { LUPA_URL: url, LUPA_API_KEY: '', API_USERNAME: '', API_PASSWORD: '' }
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

test.each(commands())('%s', { timeout: 60_000 }, async (command) => {
  const typed = command.replace(
    'npx lupa',
    `'${process.execPath}' '${join(ROOT, 'packages/client/bin/lupa.mjs')}'`,
  )
  const { code, stdout, stderr } = await runProgram('sh', ['-c', typed], env, folder)
  expect({ code, stderr, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/\S/) })
})

function commands(): string[] {
  const blocks = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n'))
  return blocks.filter((line) => line.startsWith('npx lupa '))
}

test('the program that the page shows runs', async () => {
  const [, shown = ''] = /```ts\n([\s\S]*?)```/.exec(PAGE) ?? []
  const library = join(ROOT, 'packages/client/src/library/node.ts')
  const program = shown
    .replace("'lupa'", JSON.stringify(library))
    .replace("'http://localhost:5000'", JSON.stringify(env.LUPA_URL))
    .replace("'bottles'", "'coco'")
  writeFileSync(join(folder, 'program.ts'), program)
  const { code, stdout, stderr } = await runProgram(process.execPath, ['program.ts'], env, folder)
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: 'person 0.9\ncar 0.6\n' })
})
