import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { PythonLiteralError, parsePythonLiteral } from './python-literal.ts'

test('what Ultralytics writes is read', () => {
  expect(parsePythonLiteral("{0: 'person', 1: 'bicycle'}")).toEqual(
    new Map([
      [0, 'person'],
      [1, 'bicycle'],
    ]),
  )
  expect(parsePythonLiteral('[640, 480]')).toEqual([640, 480])
  expect(parsePythonLiteral('(17, 3)')).toEqual([17, 3])
  expect(parsePythonLiteral('(640,)')).toEqual([640])
  expect(parsePythonLiteral('{}')).toEqual(new Map())
  expect(parsePythonLiteral(" {'batch': 1, 'half': False, 'data': None, 'x': -1.5e3} ")).toEqual(
    new Map<string, unknown>([
      ['batch', 1],
      ['half', false],
      ['data', null],
      ['x', -1500],
    ]),
  )
})

test('quotes, escapes and other scripts in names are read as Python means them', () => {
  expect(parsePythonLiteral(`["it's", 'say "hi"', 'both \\' and "']`)).toEqual([
    "it's",
    'say "hi"',
    `both ' and "`,
  ])
  expect(parsePythonLiteral(String.raw`['a\\b', 'a\nb', 'a\tb', '\x41', '\u00e9', '\U0001f600']`)).toEqual([
    'a\\b',
    'a\nb',
    'a\tb',
    'A',
    'é',
    '😀',
  ])
  expect(parsePythonLiteral("{0: 'garrafa, aberta: sim', 1: '}', 2: '日本語'}")).toEqual(
    new Map([
      [0, 'garrafa, aberta: sim'],
      [1, '}'],
      [2, '日本語'],
    ]),
  )
})

test.each([
  '',
  '{',
  "{0: 'a'",
  "{0 'a'}",
  "'a",
  '[1 2]',
  '[1, 2] x',
  'hello',
  "'\\x4'",
  "'\\Uffffffff'",
  '1.2.3',
  '{1: }',
])('%j is refused with a sentence that says where', (text) => {
  expect(() => parsePythonLiteral(text)).toThrow(PythonLiteralError)
  expect(() => parsePythonLiteral(text)).toThrow(/^at character \d+ of .* is missing$/s)
})

test('JSON is read', () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
    ),
  }))
  fc.assert(
    fc.property(json.value, (value) => {
      expect(parsePythonLiteral(JSON.stringify(value))).toEqual(value)
    }),
  )
})

test('names survive the way from Python, whatever they contain', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 8 }), (names) => {
      const text = `{${names.map((name, at) => `${at}: ${pythonRepr(name)}`).join(', ')}}`
      expect(parsePythonLiteral(text)).toEqual(new Map(names.map((name, at) => [at, name])))
    }),
  )
})

test('any text is read or refused, never anything else', () => {
  const likely = fc.string({ unit: fc.constantFrom(...Array.from(`{}[]()'",:\\xuU01aN `)) })
  fc.assert(
    fc.property(fc.oneof(fc.string(), likely), (text) => {
      expect(isReadOrRefused(text)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('deep nesting is refused rather than followed', () => {
  expect(() => parsePythonLiteral('['.repeat(100_000))).toThrow(PythonLiteralError)
})

function isReadOrRefused(text: string): boolean {
  try {
    return parsePythonLiteral(text) !== undefined
  } catch (thrown) {
    return thrown instanceof PythonLiteralError
  }
}

/** As CPython's unicode_repr, but for which characters count as printable. */
function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const body = Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (character === quote || character === '\\') return `\\${character}`
    if (character === '\n') return '\\n'
    if (code < 32 || code === 127) return `\\x${code.toString(16).padStart(2, '0')}`
    if (code > 0xffff) return `\\U${code.toString(16).padStart(8, '0')}`
    return code > 126 ? `\\u${code.toString(16).padStart(4, '0')}` : character
  })
  return quote + body.join('') + quote
}
