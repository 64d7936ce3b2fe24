import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Job } from '@lupa/core/domain/job'
import { expect, test } from 'vitest'
import { startLupa } from '../end-to-end/lupa.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

test('every command of docs/results.md does what the page says', { timeout: 180_000 }, async () => {
  const page = readFileSync(join(ROOT, 'docs/results.md'), 'utf8')
  await using stack = new AsyncDisposableStack()
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-results-'))
  stack.defer(() => rmSync(directory, { recursive: true }))
  const lupa = stack.use(await startLupa())
  let job = ''

  const answers: string[] = []
  for (const command of curlCommands(page)) {
    const here = `${command} -sS --fail --retry 20 --retry-delay 2`
      .replaceAll('localhost:5000', new URL(lupa.url).host)
      .replace('@models', `@${ROOT}/models`)
    const { stdout } = await run('sh', ['-c', here], { cwd: directory, env: { ...process.env, job } })
    answers.push(stdout)
    job ||= (JSON.parse(stdout) as Job).id
  }
  const [submitted, , , , coco, csv] = answers
  expect(JSON.parse(submitted ?? '')).toMatchObject({ status: 'succeeded', model: { name: 'bottles' } })
  expect(JSON.parse(coco ?? '')).toHaveProperty('annotations')
  expect(csv).toMatch(/^job_id,image_name,/)
  const magic = (name: string) => readFileSync(join(directory, name)).subarray(0, 4).toString('latin1')
  expect(magic('annotated.jpg').slice(0, 2)).toBe('\u00ff\u00d8')
  expect(magic('crops.zip')).toBe('PK\u0003\u0004')
  expect(magic('redacted.png')).toBe('\u0089PNG')
})

function curlCommands(page: string): string[] {
  const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n'))
  return blocks.filter((line) => line.startsWith('curl '))
}
