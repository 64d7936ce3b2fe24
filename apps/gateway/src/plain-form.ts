/** What a form brought: one file, and text. */
export interface PlainForm {
  file: Buffer
  fileName: string
  fields: Record<string, string | string[]>
}

export interface PlainFormLimits {
  fileFields: readonly string[]
  maxFileBytes: number
  maxFields: number
  maxFieldBytes: number
}

const CRLF = '\r\n'
const HEADERS_END = '\r\n\r\n'
/** Far more than the headers of a plain part have. */
const MAX_HEADERS_BYTES = 512

const BOUNDARY = /^multipart\/form-data; *boundary=("?)([\w'+./:=?-]{1,70})\1$/i
const DISPOSITION =
  /^content-disposition: form-data; name="([\w.-]{1,64})"(?:; filename="([\w ()+,.@=~-]{1,255})")?$/i
const TYPE = /^content-type: [\w.+-]+\/[\w.+-]+$/i
const LENGTH = /^content-length: \d+$/i
const PLAIN_TEXT = /^[\t -~]*$/

/**
 * Reads a form of one file and few fields of plain text, by its boundary alone. Undefined for every other form,
 * and for whatever is not surely that: it needs a parser that knows all there may be (RFC 7578), which reads
 * the same in what this reads.
 */
export function readPlainForm(
  body: Buffer,
  contentType: string,
  limits: PlainFormLimits,
): PlainForm | undefined {
  const boundary = BOUNDARY.exec(contentType)?.[2]
  if (boundary === undefined || !startsWith(body, 0, `--${boundary}${CRLF}`)) return undefined
  const delimiter = `${CRLF}--${boundary}`
  const fields: PlainForm['fields'] = Object.create(null)
  let file: Pick<PlainForm, 'file' | 'fileName'> | undefined
  let fieldCount = 0

  for (let at = delimiter.length; ; ) {
    const part = readHeaders(body, at)
    if (!part) return undefined
    const end = body.indexOf(delimiter, part.from - CRLF.length, 'latin1')
    // Before it: the line break that ends the headers might be taken for that of a boundary.
    if (end < part.from) return undefined
    const content = body.subarray(part.from, end)

    if (part.fileName !== undefined) {
      const isWanted = file === undefined && limits.fileFields.includes(part.name)
      if (!isWanted || content.length > limits.maxFileBytes) return undefined
      file = { file: content, fileName: part.fileName }
    } else {
      if (part.hasType || part.name in Object.prototype || ++fieldCount > limits.maxFields) return undefined
      const text = content.length < limits.maxFieldBytes ? content.toString('latin1') : undefined
      if (text === undefined || !PLAIN_TEXT.test(text)) return undefined
      fields[part.name] = part.name in fields ? [fields[part.name] as string, text].flat() : text
    }

    at = end + delimiter.length
    if (startsWith(body, at, CRLF)) at += CRLF.length
    else return file && isEnd(body, at) ? { ...file, fields } : undefined
  }
}

interface PartHeaders {
  name: string
  fileName: string | undefined
  hasType: boolean
  /** Where what it holds begins. */
  from: number
}

function readHeaders(body: Buffer, at: number): PartHeaders | undefined {
  const text = body.toString('latin1', at, at + MAX_HEADERS_BYTES)
  const length = text.indexOf(HEADERS_END)
  if (length < 0) return undefined
  const [first = '', ...others] = text.slice(0, length).split(CRLF)
  const [found, name = '', fileName] = DISPOSITION.exec(first) ?? []
  if (found === undefined || !others.every((line) => TYPE.test(line) || LENGTH.test(line))) return undefined
  const hasType = others.some((line) => TYPE.test(line))
  return { name, fileName, hasType, from: at + length + HEADERS_END.length }
}

function isEnd(body: Buffer, at: number): boolean {
  const rest = body.length - at
  return startsWith(body, at, '--') && (rest === 2 || (rest === 4 && startsWith(body, at + 2, CRLF)))
}

function startsWith(body: Buffer, at: number, text: string): boolean {
  return body.toString('latin1', at, at + text.length) === text
}
