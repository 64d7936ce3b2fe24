/** The text is no Python literal. */
export class PythonLiteralError extends Error {
  override readonly name = 'PythonLiteralError'
}

export type PythonLiteral =
  | string
  | number
  | boolean
  | null
  | PythonLiteral[]
  | Map<PythonLiteral, PythonLiteral>

/**
 * Reads what Python's repr() writes of dicts, lists, tuples, strings, numbers, booleans and None:
 * Ultralytics keeps its metadata so. JSON's spelling is understood, too.
 */
export function parsePythonLiteral(text: string): PythonLiteral {
  const reader = { text, at: 0 }
  const value = readValue(reader, 0)
  skipSpace(reader)
  if (reader.at < text.length) fail(reader, 'the end')
  return value
}

interface Reader {
  text: string
  at: number
}

const MAX_DEPTH = 32
const CLOSING: Record<string, string> = { '[': ']', '(': ')', '{': '}' }
const WORDS: Record<string, PythonLiteral> = {
  None: null,
  null: null,
  True: true,
  true: true,
  False: false,
  false: false,
}

function readValue(reader: Reader, depth: number): PythonLiteral {
  if (depth > MAX_DEPTH) fail(reader, 'less nesting')
  skipSpace(reader)
  const next = reader.text[reader.at]
  if (next === '{') return readDict(reader, depth)
  if (next === '[' || next === '(') return readItems(reader, () => readValue(reader, depth + 1))
  if (next === '"' || next === "'") return readString(reader, next)
  return readWord(reader)
}

function readDict(reader: Reader, depth: number): Map<PythonLiteral, PythonLiteral> {
  const entries = readItems(reader, (): [PythonLiteral, PythonLiteral] => {
    const key = readValue(reader, depth + 1)
    skipSpace(reader)
    expect(reader, ':')
    return [key, readValue(reader, depth + 1)]
  })
  return new Map(entries)
}

/** What is between brackets, by comma; a comma before the closing one is allowed. */
function readItems<T>(reader: Reader, readItem: () => T): T[] {
  const closing = CLOSING[reader.text[reader.at] ?? ''] ?? ''
  reader.at++
  const items: T[] = []
  for (;;) {
    skipSpace(reader)
    if (reader.text[reader.at] === closing) break
    items.push(readItem())
    skipSpace(reader)
    if (reader.text[reader.at] === closing) break
    expect(reader, ',')
  }
  reader.at++
  return items
}

const ESCAPES: Record<string, string> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  0: '\0',
}
const HEX_DIGITS: Record<string, number> = { x: 2, u: 4, U: 8 }

function readString(reader: Reader, quote: string): string {
  reader.at++
  let value = ''
  for (;;) {
    const character = reader.text[reader.at++]
    if (character === undefined) fail(reader, `a closing ${quote}`)
    if (character === quote) return value
    value += character === '\\' ? readEscape(reader) : character
  }
}

function readEscape(reader: Reader): string {
  const letter = reader.text[reader.at++]
  if (letter === undefined) fail(reader, 'an escape')
  const digits = HEX_DIGITS[letter]
  if (digits === undefined) return ESCAPES[letter] ?? letter
  const hex = reader.text.slice(reader.at, reader.at + digits)
  const codePoint = Number.parseInt(hex, 16)
  if (!/^[0-9a-f]+$/i.test(hex) || hex.length < digits || codePoint > 0x10ffff) {
    fail(reader, `${digits} hexadecimal digits`)
  }
  reader.at += digits
  // JSON writes characters beyond \uffff as two halves; together they make one again.
  return digits === 4 ? String.fromCharCode(codePoint) : String.fromCodePoint(codePoint)
}

function readWord(reader: Reader): PythonLiteral {
  const word = /^[\w.+-]+/.exec(reader.text.slice(reader.at, reader.at + 64))?.[0] ?? ''
  const value = Object.hasOwn(WORDS, word) ? WORDS[word] : Number(word)
  if (word === '' || value === undefined || Number.isNaN(value)) fail(reader, 'a value')
  reader.at += word.length
  return value
}

function skipSpace(reader: Reader): void {
  while (/\s/.test(reader.text[reader.at] ?? '')) reader.at++
}

function expect(reader: Reader, character: string): void {
  if (reader.text[reader.at] !== character) fail(reader, `"${character}"`)
  reader.at++
}

function fail({ text, at }: Reader, wanted: string): never {
  throw new PythonLiteralError(
    `at character ${at} of ${JSON.stringify(text.slice(0, 80))}, ${wanted} is missing`,
  )
}
