import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import type { ModelCheck } from '@lupa/core/models/model-reports'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createWorkplace, ROOT, runProgram, startStandInGateway, type Workplace } from './lupa-command.ts'

const shipped = await createFolderModelCatalog({ directory: join(ROOT, 'models') }).resolve('bottle-status')
const SHIPPED_MODEL = shipped.path
const SHIPPED_VERSION = dirname(shipped.path)
const SAMPLES = join(ROOT, 'models', 'bottle-status', 'samples')
const SHARED = join(ROOT, '..', 'shared')
const hasShared = existsSync(join(SHARED, 'models'))

// A command takes a second; on a machine that is busy with all the other tests, ten.
vi.setConfig({ testTimeout: 90_000 })

let place: Workplace

beforeAll(() => {
  place = createWorkplace()
  const folder = join(place.modelsDirectory, 'bottle-status')
  cpSync(SHIPPED_VERSION, join(folder, '1'), { recursive: true })
  cpSync(SAMPLES, join(folder, 'samples'), { recursive: true })
  mkdirSync(join(place.modelsDirectory, 'broken', '1'), { recursive: true })
  writeFileSync(join(place.modelsDirectory, 'broken', '1', 'model.onnx'), 'no model')
})
afterAll(() => place[Symbol.dispose]())

describe('lupa models list', () => {
  test('shows what there is in the folder, and why what cannot be served is not', async () => {
    const { code, stdout } = await place.lupa(['models', 'list'])
    expect(code).toBe(0)
    const [header, first, second] = stdout.split('\n')
    expect(header).toMatch(/^NAME +VERSION +TASK +CLASSES +IMGSZ +SIZE +SHA-256 +LICENCE +RUNS$/)
    expect(first).toMatch(/^bottle-status +1 +classify +2 +\d+×\d+ +\d+\.\d MB +[0-9a-f]{12} .* yes$/)
    expect(second).toMatch(/^broken +1 +– .* no$/)
    expect(stdout).toMatch(/broken@1: .*it is no ONNX model/)
  })

  test('has no colours for a file, nor for who wants none', async () => {
    for (const env of [{}, { NO_COLOR: '1', FORCE_COLOR: undefined }]) {
      expect((await place.lupa(['models', 'list'], env)).stdout).not.toContain('\u001b')
    }
  })

  test('gives the same as JSON', async () => {
    const models = JSON.parse((await place.lupa(['models', 'list', '--json'])).stdout)
    expect(models).toMatchObject([
      { name: 'bottle-status', version: '1', task: 'classify', available: true, failure: null },
      { name: 'broken', available: false, digest: null },
    ])
  })

  test('asks a gateway, with its credentials, and shows aliases', async () => {
    const model = {
      name: 'jar',
      version: '2',
      aliases: ['stable'],
      available: true,
      failure: null,
      task: 'detect',
      classes: ['jar'],
      imgsz: { width: 640, height: 640 },
      digest: `sha256:${'ab'.repeat(32)}`,
      bytes: 12_000_000,
      licence: null,
    }
    await using gateway = await startStandInGateway(() => ({ status: 200, body: { data: [model] } }))
    const credentials = { API_USERNAME: 'ana', API_PASSWORD: 'ção:1' }
    const { stdout } = await place.lupa(['models', 'list', '--url', `${gateway.url}/`], credentials)
    expect(stdout).toMatch(/NAME +VERSION +ALIASES/)
    expect(stdout).toMatch(/jar +2 +stable +detect +1 +640×640 +12\.0 MB +abababababab/)
    expect(gateway.asked[0]).toMatchObject({ method: 'GET', url: '/v1/models' })
    const [, encoded = ''] = gateway.asked[0]?.headers.authorization?.split(' ') ?? []
    expect(Buffer.from(encoded, 'base64').toString()).toBe('ana:ção:1')
  })

  test('says what to do when no gateway answers', async () => {
    const gone = await startStandInGateway(() => ({ status: 200, body: {} }))
    await gone[Symbol.asyncDispose]()
    const { code, stderr } = await place.lupa(['models', 'list'], { LUPA_URL: gone.url })
    expect(code).toBe(3)
    expect(stderr).toContain(`No gateway answers at ${gone.url} (ECONNREFUSED). Start one with \`npm start\``)
  })
})

describe('lupa models check', () => {
  test('says what a model is and what it sees in its own sample', async () => {
    const { code, stdout } = await place.lupa(['models', 'check', 'bottle-status', '--runs', '2'])
    expect(stdout).toMatch(/takes +images: float32 \[\w+, 3, \w+, \w+\]/)
    expect(stdout).toMatch(/classes +2: aberta, fechada/)
    expect(stdout).toMatch(/tried on +\S+\.jpg, \d+ × \d+: (aberta|fechada) \d+\.\d %/)
    expect(stdout).toMatch(/time +[\d.]+ ms the model, [\d.]+ ms the whole \(median of 2, 1 thread\)/)
    expect(stdout).toContain('It can be served.')
    expect(code).toBe(0)
  })

  test('takes a file from anywhere, and says as JSON what a program wants to know', async () => {
    const { code, stdout } = await place.lupa(['models', 'check', SHIPPED_MODEL, '--json', '--runs', '1'])
    const check = JSON.parse(stdout) as ModelCheck
    expect(code).toBe(0)
    expect(check).toMatchObject({
      path: SHIPPED_MODEL,
      failure: null,
      opset: expect.any(Number),
      producer: expect.stringMatching(/pytorch/),
      model: { task: 'classify', names: ['aberta', 'fechada'] },
      plan: { size: expect.any(String), endToEnd: false, suppression: 'none' },
      trial: { runs: 1, threads: 1 },
    })
    expect(check.outputs[0]?.shape.at(-1)).toBe(2)
  })

  test('refuses with the reason and the shapes what cannot be served', async () => {
    const { code, stdout } = await place.lupa(['models', 'check', SHIPPED_MODEL, '--names', 'a,b,c'])
    expect(code).toBe(1)
    expect(stdout).toMatch(/gives +\S+: float32 \[\w+, 2\]/)
    expect(stdout).toMatch(
      /It cannot be served\. it answers \[1, 2\], and \[1, 3\] is needed for classify with 3/i,
    )
  })

  test('refuses a file that is no model, and a name that there is not', async () => {
    const text = await place.lupa(['models', 'check', join(ROOT, 'README.md')])
    expect(text).toMatchObject({ code: 1, stdout: expect.stringMatching(/README\.md: it is no ONNX model/) })
    const unknown = await place.lupa(['models', 'check', 'jar'])
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no model "jar".*bottle-status@1/),
    })
    const missing = await place.lupa(['models', 'check', './best.onnx'])
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/There is no file \.\/best\.onnx/),
    })
    const picture = await place.lupa(['models', 'check', SHIPPED_MODEL, '--image', 'gone.jpg'])
    expect(picture).toMatchObject({ code: 1, stderr: expect.stringMatching(/There is no picture gone\.jpg/) })
  })

  test.skipIf(!hasShared).each([
    ['coco-detect', 'bus.jpg', { task: 'detect' }, 'fixed', 'bus'],
    ['coco-detect-dynamic', 'bus.jpg', { task: 'detect' }, 'any', 'bus'],
    ['shapes-segment', 'shapes-exact320.png', { task: 'segment' }, 'fixed', undefined],
    ['shapes-pose', 'shapes-exact320.png', { task: 'pose' }, 'fixed', undefined],
    ['shapes-obb', 'shapes-exact320.png', { task: 'obb' }, 'fixed', undefined],
  ])('knows %s without a manifest', async (name, picture, model, size, seen) => {
    const file = join(SHARED, 'models', `${name}.onnx`)
    const image = join(SHARED, 'images', picture)
    const args = ['models', 'check', file, '--image', image, '--runs', '1', '--json']
    const check = JSON.parse((await place.lupa(args)).stdout) as ModelCheck
    expect(check).toMatchObject({ failure: null, model, plan: { size }, trial: { image: picture } })
    expect(check.trial?.itemCount).toBeGreaterThan(0)
    if (seen) expect(check.trial?.items.map((item) => item.name)).toContain(seen)
  })
})

describe('lupa models add', () => {
  test('makes a file a version with a manifest, which is then found', async () => {
    const said = ['--licence', 'AGPL-3.0', '--description', 'Caps', '--names', 'open,closed']
    const args = [
      'models',
      'add',
      SHIPPED_MODEL,
      '--name',
      'caps',
      '--version',
      '1.0',
      '--runs',
      '1',
      ...said,
    ]
    const { code, stdout } = await place.lupa(args)
    expect(stdout).toMatch(/caps@1\.0 is in .*caps\/1\.0\. A running Lupa finds it there\./)
    expect(code).toBe(0)
    const version = join(place.modelsDirectory, 'caps', '1.0')
    expect(readdirSync(version).toSorted()).toEqual(['manifest.json', 'model.onnx'])
    expect(readFileSync(join(version, 'model.onnx')).equals(readFileSync(SHIPPED_MODEL))).toBe(true)
    expect(JSON.parse(readFileSync(join(version, 'manifest.json'), 'utf8'))).toEqual({
      name: 'caps',
      version: '1.0',
      names: ['open', 'closed'],
      licence: 'AGPL-3.0',
      description: 'Caps',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect((await place.lupa(['models', 'check', 'caps@1.0', '--runs', '1'])).stdout).toMatch(/open|closed/)

    const again = await place.lupa(args)
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('caps@1.0 exists already') })
  })

  test('leaves nothing of a file that cannot be served', async () => {
    const args = ['models', 'add', join(ROOT, 'README.md'), '--name', 'jar', '--version', '1']
    const { code, stdout, stderr } = await place.lupa(args)
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'jar@1 was not added.\n' })
    expect(stdout).toMatch(/it is no ONNX model/)
    expect(existsSync(join(place.modelsDirectory, 'jar'))).toBe(false)
  })
})

describe('lupa models promote', () => {
  test('points the alias to the version, once workers have loaded it', async () => {
    await using gateway = await startStandInGateway(() => ({
      status: 200,
      body: { name: 'jar', version: '2', aliases: ['stable'] },
    }))
    const env = { LUPA_URL: gateway.url, API_USERNAME: 'ana', API_PASSWORD: 'secret' }
    const { code, stdout } = await place.lupa(['models', 'promote', 'jar@2'], env)
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('jar@stable is jar@2'),
    })
    const other = ['models', 'promote', 'jar@2', '--alias', 'candidate', '--wait', '0', '--json']
    expect(JSON.parse((await place.lupa(other, env)).stdout)).toMatchObject({ version: '2' })
    const asked = gateway.asked.map(({ method, url, body }) => [method, url, JSON.parse(body)])
    expect(asked).toEqual([
      ['PUT', '/v1/models/jar/aliases/stable', { version: '2', wait_warm_seconds: 30 }],
      ['PUT', '/v1/models/jar/aliases/candidate', { version: '2' }],
    ])
    expect(gateway.asked[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from('ana:secret').toString('base64')}`,
    })
  })

  test.each([
    [404, 'There is no such model', /refused \(404\)\. There is no such model: There is only jar@1\.$/m],
    [401, 'Credentials are needed', /refused \(401\).* Set API_USERNAME and API_PASSWORD/],
  ])('tells what the gateway says when it refuses with %i', async (status, title, message) => {
    const problem = { title, detail: 'There is only jar@1.' }
    await using gateway = await startStandInGateway(() => ({ status, body: problem }))
    const { code, stderr } = await place.lupa(['models', 'promote', 'jar@7', '--url', gateway.url])
    expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringMatching(message) })
  })

  test('says how to start a gateway, and that a version is needed', async () => {
    const nowhere = await place.lupa(['models', 'promote', 'jar@2'], { LUPA_URL: 'http://127.0.0.1:9' })
    expect(nowhere).toMatchObject({ code: 3, stderr: expect.stringMatching(/npm start.*--url.*LUPA_URL/) })
    const versionless = await place.lupa(['models', 'promote', 'jar'])
    expect(versionless).toMatchObject({ code: 2, stderr: expect.stringContaining('promote jar@2') })
  })
})

describe('how it is typed', () => {
  test.each([
    [['models', 'lst'], /unknown command 'lst'[\s\S]*list/],
    [['models', 'check'], /missing required argument 'model'/],
    [['models', 'check', 'x', '--runs', 'many'], /many.*whole number from 1/],
    [['models', 'add', 'best.onnx', '--name', 'jar', '--version', '1'], /no file best\.onnx/],
    [
      ['models', 'add', SHIPPED_MODEL, '--name', '../jar', '--version', '1'],
      /--name "\.\.\/jar" cannot be used/,
    ],
    [['models', 'add', SHIPPED_MODEL, '--name', 'jar'], /--version <version>' not specified/],
    [['models', 'quantize', 'bottle-status'], /--calibration DIR.*--calibration-jobs 100/],
    [['models', 'quantize', 'x', '--method', 'magic'], /Allowed choices are minmax, percentile, entropy/],
    [['models', 'list', '--url', 'nowhere'], /--url "nowhere" is no http/],
  ])('%j ends with 2 and says what is wrong', async (args, message) => {
    const { code, stdout, stderr } = await place.lupa(args)
    expect(stderr).toMatch(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  test('a wrong setting ends with 2, and help with 0', async () => {
    const wrong = await place.lupa(['models', 'list'], { LUPA_URL: 'nowhere' })
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('LUPA_URL="nowhere"') })
    const help = await place.lupa(['--help'])
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('models') })
  })

  test('npx finds it', async () => {
    const { code, stdout } = await runProgram('npx', ['lupa', 'models', 'list', '--json'], place.env)
    expect(code).toBe(0)
    expect(JSON.parse(stdout).length).toBeGreaterThan(1)
  })

  test.skipIf(olderNode() === undefined)('a Node that cannot read TypeScript hands over', async () => {
    const bin = join(ROOT, 'packages/client/bin/lupa.mjs')
    const env = { ...place.env, NODE_OPTIONS: '' }
    const { code, stdout } = await runProgram(olderNode() ?? '', [bin, 'models', 'list'], env)
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('bottle-status') })
    expect((await runProgram(olderNode() ?? '', [bin, 'models', 'lst'], env)).code).toBe(2)
  })
})

/** A Node before 24 on the PATH. */
function olderNode(): string | undefined {
  return (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, 'node'))
    .filter((node) => existsSync(node))
    .find((node) => {
      const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout
      return Number(/^v(\d+)/.exec(version)?.[1]) < 24
    })
}
