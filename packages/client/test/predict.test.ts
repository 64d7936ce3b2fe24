import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newImage } from '../../../apps/gateway/test/requests.ts'
import { type ServedGateway, serveGateway } from '../../../apps/gateway/test/served-gateway.ts'
import { createWorkplace, runProgram, type Workplace } from './lupa-command.ts'

let served: ServedGateway
let place: Workplace
let folder: string
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  const login = { API_USERNAME: 'ana', API_PASSWORD: 'secret' }
  served = await serveGateway(login, ['a.png', 'b.png', 'deeper/a.png', 'deeper/a.jpg'])
  place = createWorkplace()
  env = { LUPA_URL: served.url, ...login }
  folder = served.folder
})
afterAll(async () => {
  place[Symbol.dispose]()
  await served[Symbol.asyncDispose]()
})

test('an image is predicted and told in a line; the bar is for terminals', async () => {
  const { code, stdout, stderr } = await place.lupa(['predict', join(folder, 'a.png'), '--conf', '0.5'], env)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^\S+a\.png {2}1 person, 1 car {2}\d+ ms\n$/)
})

test('a folder is predicted into files, and what is there already is not done again', async () => {
  const save = join(place.directory, 'out')
  const args = ['predict', folder, '--save', save, '--json', '--concurrency', '2']
  const first = await place.lupa(args, env)
  expect(first.code).toBe(0)
  const jobs = first.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(jobs.map(({ source }) => String(source)).toSorted()).toEqual(
    ['a.png', 'b.png', 'deeper/a.jpg', 'deeper/a.png'].map((name) => join(folder, name)),
  )
  const files = ['a.json', 'b.json', 'deeper', 'deeper/a.jpg.json', 'deeper/a.png.json']
  expect(readdirSync(save, { recursive: true }).map(String).toSorted()).toEqual(files)
  expect(JSON.parse(readFileSync(join(save, 'a.json'), 'utf8'))).toMatchObject({ status: 'succeeded' })

  writeFileSync(join(folder, 'new.png'), newImage())
  const second = await place.lupa(args, env)
  expect(
    second.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).source),
  ).toEqual([join(folder, 'new.png')])
  expect(second.stderr).toContain('4 of 5 are in')
})

test('it is printed in other shapes, from standard input too', async () => {
  const script = `'${process.execPath}' packages/client/bin/lupa.mjs predict - --format yolo < '${join(folder, 'a.png')}'`
  const { code, stdout } = await runProgram('sh', ['-c', script], { ...place.env, ...env })
  expect(code).toBe(0)
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ').length),
  ).toEqual([5, 5])
  const none = ['predict', join(folder, 'a.png'), '--model', 'bottle-status', '--format', 'coco']
  expect(await place.lupa(none, env)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('cannot be written as coco'),
  })
})

test('a pattern that the shell left alone is understood', async () => {
  const { stdout } = await place.lupa(['predict', join(folder, '{a,b}.png'), '--json'], env)
  expect(stdout.trim().split('\n')).toHaveLength(2)
})

test('what fails is told and the others go on: 1; refused: 4; no gateway: 3; typed wrong: 2', async () => {
  const bad = join(place.directory, 'bad.jpg')
  writeFileSync(bad, 'no image')
  const mixed = await place.lupa(['predict', bad, join(folder, 'b.png')], env)
  expect(mixed.code).toBe(1)
  expect(mixed.stdout).toContain('b.png')
  expect(mixed.stderr).toMatch(/✗ \S+bad\.jpg: .*415.*\n1 predicted, 1 failed, 0 skipped\.\n$/)

  const stranger = await place.lupa(['predict', folder], { ...env, API_PASSWORD: 'wrong' })
  expect(stranger).toMatchObject({ code: 4, stderr: expect.stringContaining('LUPA_API_KEY') })
  const nowhere = await place.lupa(['predict', folder, '--url', 'http://127.0.0.1:9'], env)
  expect(nowhere).toMatchObject({ code: 3, stderr: expect.stringContaining('npm start') })
  for (const args of [['nothing.jpg'], [folder, '--conf', '2'], [], [place.modelsDirectory]])
    expect((await place.lupa(['predict', ...args], env)).code).toBe(2)
})
