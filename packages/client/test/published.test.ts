import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GatewayUnderTest, startGateway } from '../../../apps/gateway/test/gateway-under-test.ts'
import { newImage } from '../../../apps/gateway/test/requests.ts'
import { startRedisServer, type TestRedis } from '../../core/test/services/redis-server.ts'
import { CHROMIUM, runInBrowser } from './browser-page.ts'
import { type Ended, ROOT, runProgram } from './lupa-command.ts'

// The package as it is published: made, packed, and installed where there is nothing else.

let folder: string
let redis: TestRedis
let gateway: GatewayUnderTest
let url: string
const installed = () => join(folder, 'node_modules/lupa')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lupa-test-published-'))
  const dist = join(folder, 'dist')
  await run(process.execPath, [join(ROOT, 'scripts/build-client.ts'), dist])
  await run('npm', ['pack', '--silent', '--pack-destination', folder], dist)
  const archive = readdirSync(folder).find((name) => /^lupa-\d+\.\d+\.\d+\.tgz$/.test(name)) ?? ''
  // What `npm install ./lupa-….tgz` does, without asking a registry: the package needs nothing else.
  mkdirSync(installed(), { recursive: true })
  await run('tar', ['-xzf', join(folder, archive), '--strip-components=1', '-C', installed()])
  rmSync(dist, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'photo.png'), newImage())

  redis = await startRedisServer()
  gateway = await startGateway(redis.url)
  url = await gateway.app.listen({ port: 0, host: '127.0.0.1' })
}, 120_000)
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]()
  await redis?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

async function run(
  command: string,
  args: string[],
  cwd = folder,
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const ended = await runProgram(command, args, env, cwd)
  expect(ended).toMatchObject({ code: 0 })
  return ended
}

test('it depends on nothing, and says whose work is in it', () => {
  const manifest = JSON.parse(readFileSync(join(installed(), 'package.json'), 'utf8'))
  expect(manifest).toMatchObject({ name: 'lupa', license: 'Apache-2.0', engines: { node: '>=20' } })
  expect(manifest).not.toHaveProperty('dependencies')
  expect(readFileSync(join(installed(), 'THIRD-PARTY.md'), 'utf8')).toMatch(
    /commander[\s\S]*eventsource-parser/,
  )
})

const PROGRAM = `
import { Lupa } from 'lupa'
const lupa = new Lupa({ url: process.env.LUPA_URL })
const job = await lupa.predict('photo.png', { conf: 0.5 })
const statuses = []
for await (const { status } of lupa.stream(job)) statuses.push(status)
console.log(JSON.stringify({ prediction: job.prediction, name: job.image_name, statuses }))
`

/** This Node, and the one that a user has, where that is another one. */
const nodes = [process.execPath, ...systemNodes()]

function systemNodes(): string[] {
  const places = (process.env.PATH ?? '').split(':').filter((place) => !place.includes('node_modules'))
  const major = (node: string) =>
    Number(/^v(\d+)/.exec(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1] ?? 0)
  return places
    .map((place) => join(place, 'node'))
    .filter((node) => major(node) >= 20)
    .slice(0, 1)
}

test.each(nodes)('library and command run in %s', async (node) => {
  writeFileSync(join(folder, 'program.js'), PROGRAM)
  const { stdout } = await run(node, ['program.js'], folder, { LUPA_URL: url })
  expect(JSON.parse(stdout)).toEqual({ prediction: 'person', name: 'photo.png', statuses: ['succeeded'] })
  const command = [join(installed(), 'bin/lupa.js'), 'predict', 'photo.png']
  expect((await run(node, command, folder, { LUPA_URL: url })).stdout).toMatch(
    /photo\.png {2}1 person, 1 car/,
  )
})

test('its types are those of the API', async () => {
  writeFileSync(
    join(folder, 'typed.ts'),
    `import { Lupa, type Job, verifyWebhook } from 'lupa'
const lupa = new Lupa({ url: 'http://localhost:5000' })
const job: Job = await lupa.predict('a.jpg', { max_det: 3, classes: ['car', 2] })
const status: 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled' | 'expired' = job.status
// @ts-expect-error There is no such parameter.
await lupa.predict('a.jpg', { confidence: 1 })
for await (const { source, job } of lupa.batch([{ image: 'a.jpg', mine: 1 }])) source.mine + (job?.attempt ?? 0)
const event = await verifyWebhook({ body: '', headers: {}, secret: '' })
export { event, status }
`,
  )
  const options = { target: 'es2022', strict: true, noEmit: true, skipLibCheck: false, types: [] }
  const lib = ['es2023', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable']
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    const config = { compilerOptions: { ...options, lib, module, moduleResolution }, files: ['typed.ts'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const { stdout } = await runProgram(
      process.execPath,
      [join(ROOT, 'node_modules/typescript/bin/tsc')],
      {},
      folder,
    )
    expect(stdout).toBe('')
  }
})

const PAGE = `
import { Lupa, ProblemError } from 'lupa'
const report = {}
try {
  const lupa = new Lupa({ url: location.origin })
  const bytes = Uint8Array.from(atob(PHOTO), (char) => char.charCodeAt(0))
  const job = await lupa.predict(new File([bytes], 'from-a-browser.png'), { conf: 0.5 })
  report.job = { prediction: job.prediction, name: job.image_name }
  report.statuses = []
  for await (const { status } of lupa.stream(job)) report.statuses.push(status)
  report.batch = 0
  for await (const { error } of lupa.batch([bytes, new Blob([bytes])])) report.batch += error ? 0 : 1
  report.path = await lupa.predict('photo.png').catch((error) => error.message)
  report.problem = await lupa.get('nothing').catch((error) => error instanceof ProblemError && error.code)
} catch (error) {
  report.failure = String(error.stack ?? error)
}
await fetch('/report', { method: 'POST', body: JSON.stringify(report) })
`

test('its browser part holds nothing of Node’s, and runs in Chromium', { timeout: 60_000 }, async ({
  skip,
}) => {
  const photo = readFileSync(join(folder, 'photo.png'), 'base64')
  writeFileSync(join(folder, 'page.js'), `const PHOTO = '${photo}'\n${PAGE}`)
  const bundled = await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, rolldownOptions: { input: join(folder, 'page.js') } },
  })
  const { output } = [bundled].flat()[0] as { output: { type: string; code: string }[] }
  const [chunk] = output
  expect(output).toHaveLength(1)
  expect(chunk?.code).not.toMatch(/node:|__vite-browser-external/)
  skip(CHROMIUM === undefined, 'there is no Chromium here')
  const scripts = { '/main.js': chunk?.code ?? '' }
  expect(await runInBrowser(scripts, url)).toEqual({
    job: { prediction: 'person', name: 'from-a-browser.png' },
    statuses: ['succeeded'],
    batch: 2,
    path: expect.stringContaining('there are no files here'),
    problem: 'job_not_found',
  })
})
