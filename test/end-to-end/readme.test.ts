import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Job } from '@lupa/core/domain/job'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lupa, startLupa } from './lupa.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

describe.each(['README.md', 'docs/pt-BR/README.md'])('%s', (document) => {
  const text = readFileSync(join(ROOT, document), 'utf8')
  let lupa: Lupa

  beforeAll(async () => {
    lupa = await startLupa()
  })
  afterAll(() => lupa[Symbol.asyncDispose]())

  test.each(curlCommands(text))('%s', async (command) => {
    const { stdout } = await run(
      'sh',
      ['-c', `${command} -sS --fail`.replaceAll('localhost:5000', new URL(lupa.url).host)],
      { cwd: ROOT },
    )
    expect(stdout).toContain('{')
  })

  test('shows the answer that its first request really gets', async () => {
    const [predict = ''] = curlCommands(text)
    const command = `${predict} -sS`.replaceAll('localhost:5000', new URL(lupa.url).host)
    const { stdout } = await run('sh', ['-c', command], { cwd: ROOT })
    const answered = JSON.parse(stdout) as Job
    const shown = JSON.parse(/```json\n([\s\S]*?)```/.exec(text)?.[1] ?? '{}') as Job
    expect(Object.keys(answered).slice(0, Object.keys(shown).length)).toEqual(Object.keys(shown))
    expect(answered).toMatchObject({ image_name: shown.image_name, prediction: shown.prediction })
    expect(answered.confidence).toBeCloseTo(shown.confidence ?? -1, 3)
  })
})

/** Every command a reader may type that asks a running Lupa, from the shell blocks and from the prose. */
function curlCommands(text: string): string[] {
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n'))
  const inline = [...text.matchAll(/`(curl [^`]*)`/g)].map(([, command = '']) => command)
  return [...blocks.filter((line) => line.startsWith('curl ')), ...inline]
}
