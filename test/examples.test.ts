import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeClientKey } from '../apps/gateway/test/client-keys.ts'
import { type ServedGateway, serveGateway } from '../apps/gateway/test/served-gateway.ts'
import { runProgram } from '../packages/client/test/lupa-command.ts'

const ROOT = join(import.meta.dirname, '..')
const EXAMPLES = join(ROOT, 'examples')
const hasPython = spawnSync('python3', ['--version'], { stdio: 'ignore' }).status === 0

let served: ServedGateway
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  served = await serveGateway({ API_USERNAME: 'ana', API_PASSWORD: 'secret' }, [
    'photo.png',
    'photos/a.png',
    'photos/b.png',
  ])
  env = { LUPA_URL: served.url, LUPA_API_KEY: (await makeClientKey(served.gateway)).key }
})
afterAll(() => served[Symbol.asyncDispose]())

test('typescript/predict.ts counts what is in a folder', async () => {
  const library = JSON.stringify(join(ROOT, 'packages/client/src/library/node.ts'))
  const program = readFileSync(join(EXAMPLES, 'typescript/predict.ts'), 'utf8').replace("'lupa'", library)
  writeFileSync(join(served.folder, 'predict.ts'), program)
  const { code, stdout, stderr } = await runProgram(
    process.execPath,
    ['predict.ts', 'photos'],
    env,
    served.folder,
  )
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '2 person\n', stderr: '' })
})

describe.skipIf(!hasPython)('python/predict.py', () => {
  const run = (more: NodeJS.ProcessEnv = {}) =>
    runProgram(
      'python3',
      [join(EXAMPLES, 'python/predict.py'), 'photo.png'],
      { ...env, ...more },
      served.folder,
    )

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
