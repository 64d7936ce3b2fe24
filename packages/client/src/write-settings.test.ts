import { expect, test } from 'vitest'
import { writeSettings } from './write-settings.ts'

test('what a file said of a setting is replaced, the rest stays, and what it did not say is added', () => {
  const before = '# mine\nPORT=5001\nWORKER_SLOTS=8\n# WORKER_THREADS=1\n\n'
  expect(writeSettings(before, { WORKER_SLOTS: '2', WORKER_THREADS: '1' })).toBe(
    '# mine\nPORT=5001\nWORKER_SLOTS=2\n# WORKER_THREADS=1\nWORKER_THREADS=1\n',
  )
  expect(writeSettings('', { MICRO_BATCH: '4' })).toBe('MICRO_BATCH=4\n')
})
