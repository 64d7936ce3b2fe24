import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toImageName } from './image-name.ts'

test.each([
  ['garrafa.jpg', 'garrafa.jpg'],
  ['C:\\Users\\ana\\garrafa.jpg', 'garrafa.jpg'],
  ['../../../../etc/passwd', 'passwd'],
  ['..', null],
  ['pictures/', null],
  ['', null],
  [undefined, null],
  ['a\0b\r\nc\u001b[31m.jpg', 'abc[31m.jpg'],
  ['\u202egpj.exe', 'gpj.exe'],
  ['gar\u200bra\u2066fa\ufeff.jpg', 'garrafa.jpg'],
  ['🐈‍⬛ e می‌خواهم.png', '🐈‍⬛ e می‌خواهم.png'],
  ['a\ud800b', 'a\ufffdb'],
  [`${'🐈'.repeat(10_000)}.png`, '🐈'.repeat(255)],
])('%j is called %j', (given, name) => {
  expect(toImageName(given)).toBe(name)
})

test('whatever the name, what is left of it can be shown, and is the name of itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (given) => {
      const name = toImageName(given)
      if (name === null) return
      expect(name).not.toMatch(/[\p{Cc}/\\\u202a-\u202e]/u)
      expect(name.isWellFormed()).toBe(true)
      expect(Array.from(name).length).toBeLessThanOrEqual(255)
      expect(toImageName(name)).toBe(name)
    }),
    { numRuns: 200 },
  )
})
