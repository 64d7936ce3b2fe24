import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readApiKeySecret } from './api-key-secret.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lupa-test-secret-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

test('the secret that is given is used as it is', async () => {
  expect(await readApiKeySecret({ value: 'given' })).toBe('given')
})

test('else it is made once, by whoever comes first, and for this user alone', async () => {
  const file = join(directory, 'data', 'api-key-secret')
  const read = await Promise.all(Array.from({ length: 20 }, () => readApiKeySecret({ file })))
  expect(new Set(read).size).toBe(1)
  expect(read[0]).toHaveLength(44)
  expect(readFileSync(file, 'utf8').trim()).toBe(read[0])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(directory, 'data'))).toEqual(['api-key-secret'])
  expect(await readApiKeySecret({ file })).toBe(read[0])
})

test('a file that was emptied is told, not replaced: all keys would be of no use', async () => {
  const file = join(directory, 'api-key-secret')
  writeFileSync(file, '')
  chmodSync(file, 0o600)
  await expect(readApiKeySecret({ file })).rejects.toThrow(`${file} holds no secret`)
  expect(readFileSync(file, 'utf8')).toBe('')
})
