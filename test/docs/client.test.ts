import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ServedGateway, serveGateway } from '../../apps/gateway/test/served-gateway.ts'
import { runProgram } from '../../packages/client/test/lupa-command.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = readFileSync(join(ROOT, 'docs/client.md'), 'utf8')

let served: ServedGateway
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  served = await serveGateway({}, ['photo.jpg', 'photos/a.png', 'photos/b.png'])
  env = { LUPA_URL: served.url, LUPA_API_KEY: '', API_USERNAME: '', API_PASSWORD: '' }
})
afterAll(() => served[Symbol.asyncDispose]())

test.each(commands())('%s', { timeout: 60_000 }, async (command) => {
  const typed = command.replace(
    'npx lupa',
    `'${process.execPath}' '${join(ROOT, 'packages/client/bin/lupa.mjs')}'`,
  )
  const { code, stdout, stderr } = await runProgram('sh', ['-c', typed], env, served.folder)
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
  writeFileSync(join(served.folder, 'program.ts'), program)
  const { code, stdout, stderr } = await runProgram(process.execPath, ['program.ts'], env, served.folder)
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: 'person 0.9\ncar 0.6\n' })
})
