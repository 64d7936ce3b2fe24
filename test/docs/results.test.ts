import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startLupa } from '../end-to-end/lupa.ts'
import { blocksOf, furnish, sessionOf } from './page-commands.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

test('every command of docs/results.md does what the page says', { timeout: 180_000 }, async () => {
  const page = readFileSync(join(ROOT, 'docs/results.md'), 'utf8')
  await using stack = new AsyncDisposableStack()
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-results-'))
  stack.defer(() => rmSync(directory, { recursive: true }))
  const lupa = stack.use(await startLupa())
  const session = sessionOf(blocksOf(page), lupa.url)
  const { stdout } = await run('sh', ['-ec', session], { cwd: directory, env: furnish(directory, ROOT) })
  // The session shows its commands; what they print, COCO and then CSV, comes after them.
  const printed = stdout.slice(stdout.lastIndexOf('text/csv'))
  const csvAt = printed.indexOf('job_id,image_name,')
  expect(JSON.parse(printed.slice(printed.indexOf('{'), csvAt))).toHaveProperty('annotations')
  expect(printed.slice(csvAt)).toContain('line.jpg')
  const magic = (name: string) => readFileSync(join(directory, name)).subarray(0, 4).toString('latin1')
  expect(magic('annotated.jpg').slice(0, 2)).toBe('\u00ff\u00d8')
  expect(magic('crops.zip')).toBe('PK\u0003\u0004')
  expect(magic('redacted.png')).toBe('\u0089PNG')
})
