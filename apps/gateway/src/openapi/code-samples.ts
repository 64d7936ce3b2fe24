import type { ApiExample } from './api-examples.ts'

/** As readers of OpenAPI know it: https://redocly.com/docs-legacy/api-reference-docs/specification-extensions/x-code-samples */
export interface CodeSample {
  lang: 'Shell' | 'TypeScript' | 'Python'
  label: string
  source: string
}

export interface SampledOperation {
  method: string
  /** As OpenAPI writes it: `/v1/jobs/{id}`. */
  path: string
  example: ApiExample
  /** Whether an API key is to be sent. */
  needsKey: boolean
}

/** Where the samples send their requests; whoever shows them may put another address there. */
export const SAMPLE_URL = 'http://localhost:5000'

/** The same request with curl, with what Node and browsers have, and with Python's `requests`. */
export function codeSamplesOf(operation: SampledOperation): CodeSample[] {
  return [
    { lang: 'Shell', label: 'curl', source: toCurl(operation) },
    { lang: 'TypeScript', label: 'TypeScript', source: toTypeScript(operation) },
    { lang: 'Python', label: 'Python', source: toPython(operation) },
  ]
}

const PICTURE = 'picture.jpg'

const VARIABLE = /\$(\w+)/g
const FILE = /^@(.*)$/

/** The address, with `$NAME` where the reader's variables go. */
function addressOf({ path, example }: SampledOperation): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => example.path?.[name] ?? `{${name}}`)
  const query = Object.entries(example.query ?? {}).map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  )
  return `${SAMPLE_URL}${filled}${query.length > 0 ? `?${query.join('&')}` : ''}`
}

function toCurl(operation: SampledOperation): string {
  const { method, needsKey, example } = operation
  const { form = [], json, answer, saveAs = PICTURE } = example
  const hasBody = form.length > 0 || json !== undefined
  const isImplied = method === (hasBody ? 'post' : 'get')
  return [
    'curl',
    ...(isImplied ? [] : [`-X ${method.toUpperCase()}`]),
    ...(answer === 'events' ? ['-N'] : []),
    ...(answer === 'file' ? [`-o ${saveAs}`] : []),
    ...(needsKey ? ['-H "Authorization: Bearer $LUPA_API_KEY"'] : []),
    ...form.map(([name, value]) => `-F ${name}=${value}`),
    ...(json === undefined ? [] : [`--json '${JSON.stringify(json)}'`]),
    `"${addressOf(operation)}"`,
  ].join(' ')
}

function toTypeScript(operation: SampledOperation): string {
  const { method, needsKey, example } = operation
  const { form = [], json, answer = 'json', saveAs = PICTURE } = example
  const headers = [
    ...(needsKey ? ['authorization: `Bearer ${process.env.LUPA_API_KEY}`'] : []),
    ...(json === undefined ? [] : ["'content-type': 'application/json'"]),
  ]
  const options = [
    ...(method === 'get' ? [] : [`method: '${method.toUpperCase()}'`]),
    ...(headers.length > 0 ? [`headers: { ${headers.join(', ')} }`] : []),
    ...(form.length > 0 ? ['body: form'] : []),
    ...(json === undefined ? [] : [`body: JSON.stringify(${toLiteral(json)})`]),
  ]
  const address = addressOf(operation)
  const url = address.includes('$')
    ? `\`${address.replace(VARIABLE, (_, name: string) => `\${process.env.${name}}`)}\``
    : `'${address}'`
  const hasFile = form.some(([, value]) => FILE.test(value))
  return [
    ...(hasFile ? ["import { openAsBlob } from 'node:fs'"] : []),
    ...(answer === 'file' ? ["import { writeFile } from 'node:fs/promises'"] : []),
    ...(hasFile || answer === 'file' ? [''] : []),
    ...(form.length > 0 ? ['const form = new FormData()', ...form.map(appendTo)] : []),
    options.length > 0
      ? `const response = await fetch(${url}, {\n${options.map((option) => `  ${option},\n`).join('')}})`
      : `const response = await fetch(${url})`,
    ...TYPESCRIPT_ANSWER[answer],
  ]
    .join('\n')
    .replace(PICTURE, saveAs)
}

function appendTo([name, value]: [string, string]): string {
  const [, file] = FILE.exec(value) ?? []
  return file
    ? `form.append('${name}', await openAsBlob('${file}'), '${file}')`
    : `form.append('${name}', '${value}')`
}

const TYPESCRIPT_ANSWER: Record<NonNullable<ApiExample['answer']>, string[]> = {
  json: ['console.log(await response.json())'],
  lines: ["for (const line of (await response.text()).trim().split('\\n')) console.log(JSON.parse(line))"],
  events: ['for await (const text of response.body.pipeThrough(new TextDecoderStream())) console.log(text)'],
  none: ['console.log(response.status)'],
  file: ["await writeFile('picture.jpg', await response.bytes())"],
}

function toPython(operation: SampledOperation): string {
  const { method, needsKey, example } = operation
  const { form = [], json, answer = 'json', saveAs = PICTURE } = example
  const address = addressOf(operation)
  const url = address.includes('$')
    ? `f"${address.replace(VARIABLE, (_, name: string) => `{os.environ['${name}']}`)}"`
    : `"${address}"`
  const files = form.flatMap(([name, value]) => {
    const [, file] = FILE.exec(value) ?? []
    return file ? [`("${name}", open("${file}", "rb"))`] : []
  })
  const fields = form.filter(([, value]) => !FILE.test(value)).map(([name, value]) => `"${name}": "${value}"`)
  const given = [
    url,
    ...(needsKey ? [`headers={"Authorization": f"Bearer {os.environ['LUPA_API_KEY']}"}`] : []),
    ...(files.length > 0 ? [`files=[${files.join(', ')}]`] : []),
    ...(fields.length > 0 ? [`data={${fields.join(', ')}}`] : []),
    ...(json === undefined ? [] : [`json=${toPythonLiteral(json)}`]),
    ...(answer === 'events' ? ['stream=True'] : []),
  ]
  const usesVariables = needsKey || address.includes('$')
  return [
    ...(usesVariables ? ['import os', ''] : []),
    'import requests',
    '',
    `response = requests.${method}(\n${given.map((one) => `    ${one},\n`).join('')})`,
    ...PYTHON_ANSWER[answer],
  ]
    .join('\n')
    .replace(PICTURE, saveAs)
}

const PYTHON_ANSWER: Record<NonNullable<ApiExample['answer']>, string[]> = {
  json: ['print(response.json())'],
  lines: ['for line in response.iter_lines():', '    print(line.decode())'],
  events: ['for line in response.iter_lines():', '    print(line.decode())'],
  none: ['print(response.status_code)'],
  file: ['with open("picture.jpg", "wb") as picture:', '    picture.write(response.content)'],
}

/** As a person writes it: without quotes where JavaScript needs none. */
function toLiteral(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (Array.isArray(value)) return `[${value.map(toLiteral).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value)
    .map(([name, one]) => `${name}: ${toLiteral(one)}`)
    .join(', ')} }`
}

function toPythonLiteral(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (value === null) return 'None'
  if (Array.isArray(value)) return `[${value.map(toPythonLiteral).join(', ')}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, one]) => `"${name}": ${toPythonLiteral(one)}`)
    .join(', ')}}`
}
