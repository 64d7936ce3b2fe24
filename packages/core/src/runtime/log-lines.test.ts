import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createLogLines } from './log-lines.ts'

test('lines are written a little later, together and in order; an error at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lupa-log-'))
  const file = join(folder, 'log')
  const descriptor = openSync(file, 'w')
  try {
    const logger = pino({ base: null, timestamp: false }, createLogLines(descriptor))
    const messages = () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { msg: string }).msg)
    logger.info('one')
    logger.info('two')
    expect(messages()).toEqual([])
    await expect.poll(messages).toEqual(['one', 'two'])
    logger.error('three')
    expect(messages()).toEqual(['one', 'two', 'three'])
  } finally {
    closeSync(descriptor)
    rmSync(folder, { recursive: true })
  }
})
