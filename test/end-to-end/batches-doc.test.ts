import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Batch } from '@lupa/core/domain/batch'
import { expect, test } from 'vitest'
import { startImageServer } from '../../apps/gateway/test/image-server.ts'
import { zipOf } from '../../apps/gateway/test/zip-file.ts'
import { startLupa } from './lupa.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

test('every command of docs/batches.md does what the page says', { timeout: 120_000 }, async () => {
  const page = readFileSync(join(ROOT, 'docs/batches.md'), 'utf8')
  const picture = readFileSync(join(ROOT, 'models/bottle-status/samples/aberta-1.jpg'))
  await using stack = new AsyncDisposableStack()
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-batches-'))
  stack.defer(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'pictures.zip'), await zipOf([['folder/1.jpg', picture]]))
  const server = stack.use(await startImageServer((_request, response) => response.end(picture)))
  const lupa = stack.use(await startLupa())
  let batch = ''

  const answers: string[] = []
  for (const command of curlCommands(page)) {
    const here = `${command} -sS --fail`
      .replaceAll('localhost:5000', new URL(lupa.url).host)
      .replaceAll('https://pictures.example.com', server.url)
      .replaceAll('pictures.zip', join(directory, 'pictures.zip'))
    const { stdout } = await run('sh', ['-c', here], { cwd: ROOT, env: { ...process.env, batch } })
    answers.push(stdout)
    batch ||= (JSON.parse(stdout) as Batch).id
  }
  const [form, zip, urls, keyed, followed, results, failed, jobs, canceled, erased] = answers
  const shown = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '{}') as object
  const made = JSON.parse(form ?? '') as Batch
  expect(Object.keys(made)).toEqual(expect.arrayContaining(Object.keys(shown)))
  expect(made).toMatchObject({ total: 2, refused: [] })
  expect(JSON.parse(zip ?? '')).toMatchObject({ total: 1 })
  expect(JSON.parse(urls ?? '')).toMatchObject({ total: 2 })
  expect(JSON.parse(keyed ?? '')).toMatchObject({ total: 2 })
  expect(JSON.parse(followed ?? '')).toMatchObject({ done: true, counts: { succeeded: 2 } })
  expect(results?.trim().split('\n')).toHaveLength(2)
  expect(failed).toBe('')
  expect((JSON.parse(jobs ?? '') as { data: unknown[] }).data).toHaveLength(2)
  expect(JSON.parse(canceled ?? '')).toMatchObject({ done: true, counts: { succeeded: 2 } })
  expect(erased).toBe('')
})

function curlCommands(page: string): string[] {
  const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n'))
  return blocks.filter((line) => line.startsWith('curl '))
}
