import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPythonEnvironment } from '../src/quantize/python-environment.ts'
import { createWorkplace, ROOT, runProgram, startStandInGateway, type Workplace } from './lupa-command.ts'

const models = join(ROOT, 'models')
const shipped = await createFolderModelCatalog({ directory: models }).resolve('bottle-status')
const toolsDirectory = join(ROOT, '.lupa', 'tools')
const canQuantize = await openPythonEnvironment(toolsDirectory, {
  note: () => {},
  asked: undefined,
  mayInstall: false,
}).then(
  () => true,
  () => false,
)

// The commands of a document, one after the other, as a reader would type them.
describe.each(['README.md', 'docs/pt-BR/README.md', 'models/README.md'])('%s', (document) => {
  let place: Workplace

  beforeAll(() => {
    place = createWorkplace()
    const pictures = join(place.directory, 'pictures')
    mkdirSync(pictures)
    const samples = join(models, 'bottle-status', 'samples')
    for (const name of readdirSync(samples).filter((file) => file.endsWith('.jpg'))) {
      cpSync(join(samples, name), join(pictures, name))
    }
  })
  afterAll(() => place[Symbol.dispose]())

  const commands = lupaCommands(readFileSync(join(ROOT, document), 'utf8'))

  test('shows some', () => expect(commands.length).toBeGreaterThan(1))

  for (const command of commands) {
    const runs = canQuantize || !command.includes(' quantize ')
    test.skipIf(!runs)(`${command}`, { timeout: 180_000 }, async () => {
      await using gateway = await startStandInGateway(() => ({ status: 200, body: {} }))
      const typed = command
        .replace('best.onnx', shipped.path)
        .replace(
          '--calibration pictures',
          `--calibration ${join(place.directory, 'pictures')} --min-speedup 0`,
        )
        .replace('http://localhost:5000', gateway.url)
      const env = { ...place.env, DATA_DIR: join(ROOT, '.lupa') }
      const { code, stderr } = await runProgram('sh', ['-c', typed], env)
      expect({ code, stderr }).toMatchObject({ code: 0 })
    })
  }
})

function lupaCommands(text: string): string[] {
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n'))
  return blocks.filter((line) => line.startsWith('npx lupa '))
}
