import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPythonEnvironment } from '../src/quantize/python-environment.ts'
import type { QuantizationReport } from '../src/quantize/quantization-report.ts'
import { createWorkplace, ROOT, startStandInGateway, type Workplace } from './lupa-command.ts'

const SHARED = join(ROOT, '..', 'shared')
const MODEL = join(SHARED, 'models', 'shapes-obb.onnx')
const IMAGES = join(SHARED, 'images')
/** Stays between runs: `LUPA_TEST_QUANTIZE=1` makes the environment there, which takes minutes. */
const DATA_DIR = join(ROOT, '.lupa')

/** Undefined where the packages for Python are not there, and are not to be fetched. */
const python = existsSync(MODEL)
  ? await openPythonEnvironment(join(DATA_DIR, 'tools'), {
      mayInstall: process.env.LUPA_TEST_QUANTIZE === '1',
      note: () => {},
      asked: undefined,
    }).catch(() => undefined)
  : undefined

describe.skipIf(!python)('lupa models quantize', { timeout: 180_000 }, () => {
  let place: Workplace
  let pictures: string

  beforeAll(() => {
    place = createWorkplace()
    pictures = join(place.directory, 'pictures')
    mkdirSync(pictures)
    for (const name of ['shapes-exact320.png', 'shapes-exact320-b.png', 'shapes-wide.jpg']) {
      copyFileSync(join(IMAGES, name), join(pictures, name))
    }
    mkdirSync(join(place.modelsDirectory, 'shapes', '1'), { recursive: true })
    copyFileSync(MODEL, join(place.modelsDirectory, 'shapes', '1', 'model.onnx'))
  })
  afterAll(() => place[Symbol.dispose]())

  const quantize = (args: string[]) =>
    place.lupa(['models', 'quantize', 'shapes', '--method', 'minmax', '--rounds', '3', ...args], { DATA_DIR })
  const versions = () => readdirSync(join(place.modelsDirectory, 'shapes')).toSorted()

  test('makes an int8 version that finds the same, beside the float one and below it', async () => {
    const { code, stdout, stderr } = await quantize(['--calibration', pictures, '--min-speedup', '0'])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stdout).toMatch(/judged by +1 picture and 23 variants/)
    expect(stdout).toMatch(/agreement +\d+\.\d %/)
    expect(stdout).toContain('shapes@1-int8 is in')
    expect(stderr).toMatch(/^calibration 64\/64$/m)
    expect(versions()).toEqual(['1', '1-int8'])

    const folder = join(place.modelsDirectory, 'shapes', '1-int8')
    const report = JSON.parse(readFileSync(join(folder, 'quantization.json'), 'utf8')) as QuantizationReport
    expect(report).toMatchObject({ model: 'shapes@1-int8', float: { version: '1' }, refused: [] })
    expect(report.quantizer.float_layers).toBe(10)
    expect(report.comparison.agreement).toBeGreaterThanOrEqual(0.9)
    expect(report.comparison.detections?.map50).toBeGreaterThan(0.8)
    expect(report.comparison.detections?.float).toBeGreaterThan(20)
    expect(readFileSync(join(folder, 'model.onnx')).length).toBeLessThan(readFileSync(MODEL).length / 2)

    const catalog = createFolderModelCatalog({ directory: place.modelsDirectory })
    expect(await catalog.resolve('shapes')).toMatchObject({ version: '1' })
    expect(await catalog.resolve('shapes@1-int8')).toMatchObject({
      task: 'obb',
      names: ['circle', 'rectangle', 'triangle'],
    })

    const again = await quantize(['--calibration', pictures])
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('shapes@1-int8 exists already') })
    const twice = ['models', 'quantize', 'shapes@1-int8', '--calibration', pictures]
    const quantized = await place.lupa(twice, { DATA_DIR })
    expect(quantized).toMatchObject({ code: 1, stderr: expect.stringContaining('quantized already') })
    expect(versions()).toEqual(['1', '1-int8'])
  })

  test('takes the images of jobs from a gateway, and installs nothing that does not agree enough', async () => {
    const images = new Map(readdirSync(pictures).map((name, index) => [`job-${index}`, join(pictures, name)]))
    const jobs = [...images.keys()].map((id) => ({ id, image: { sha256: id } }))
    await using gateway = await startStandInGateway(({ url = '' }) => {
      const [, id] = /^\/v1\/jobs\/(.+)\/image$/.exec(url) ?? []
      return {
        status: 200,
        body: id ? readFileSync(images.get(id) ?? '') : { data: jobs, next_cursor: null },
      }
    })
    const source = ['--calibration-jobs', '3', '--url', gateway.url]
    const wish = ['--version', 'strict', '--min-agreement', '1', '--min-speedup', '1000', '--json']
    const { code, stdout, stderr } = await quantize([...source, ...wish])
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/shapes@strict was not installed: .*--min-speedup is 1000/),
    })
    expect((JSON.parse(stdout) as QuantizationReport).calibration.pictures).toBe(2)
    expect(gateway.asked[0]?.url).toBe('/v1/jobs?model=shapes&status=succeeded&limit=12')
    expect(versions()).not.toContain('strict')
  })

  test('asks for more when all pictures look alike, or when there are none', async () => {
    for (const name of readdirSync(pictures).slice(1)) rmSync(join(pictures, name))
    const one = await quantize(['--calibration', pictures, '--version', 'x'])
    expect(one).toMatchObject({ code: 1, stderr: expect.stringContaining('There are too few pictures') })
    const none = await quantize(['--calibration', join(place.modelsDirectory, 'shapes'), '--version', 'x'])
    expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/holds no JPEG, PNG/) })
  })
})

test('where there is no Python it says what to type', async () => {
  using place = createWorkplace()
  const models = join(ROOT, 'models')
  const shipped = await createFolderModelCatalog({ directory: models }).resolve('bottle-status')
  const folder = join(place.modelsDirectory, 'jar', '1')
  mkdirSync(folder, { recursive: true })
  copyFileSync(shipped.path, join(folder, 'model.onnx'))
  const args = ['models', 'quantize', 'jar', '--calibration', join(models, 'bottle-status', 'samples')]
  const { code, stderr } = await place.lupa(args, { LUPA_PYTHON: '/no/such/python3' })
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /needs Python 3\.9 or later, .*no \/no\/such\/python3 .*(apt-get|brew) install/,
    ),
  })
})
