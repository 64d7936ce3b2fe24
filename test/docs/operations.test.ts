import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const PAGE = read('docs/operations.md')

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

test('docs/operations.md says of every alert what to do, and of no other', () => {
  const rules = read('deploy/prometheus/rules/alerts.yml')
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name)
  const runbooks = [...rules.matchAll(/runbook_url: docs\/operations\.md#(\w+)/g)].map(([, anchor]) => anchor)
  expect(runbooks).toEqual(alerts.map((name) => name.toLowerCase()))
  const sections = [...PAGE.matchAll(/^### (Lupa\w+)$/gm)].map(([, name]) => name)
  expect(sections).toEqual(expect.arrayContaining(alerts))
  expect(sections).toHaveLength(alerts.length)
  const tests = read('deploy/prometheus/tests/alerts.yml')
  expect([...tests.matchAll(/- name: (\w+)/g)].map(([, name]) => name)).toEqual(
    expect.arrayContaining(alerts),
  )
})

test('docs/operations.md lists every metric, and no other', () => {
  const metrics = sources()
    .filter(({ path }) => path.includes('metrics'))
    .flatMap(({ text }) => [...text.matchAll(/'(lupa_\w+)'/g)].map(([, name]) => name))
  const shown = [...section('Metrics').matchAll(/`(lupa_\w+)`/g)].map(([, name]) => name)
  expect(new Set(shown)).toEqual(new Set(metrics))
})

test('docs/operations.md lists every log event, and no other', () => {
  const written = new Set(sources().flatMap(({ text }) => eventsIn(text)))
  const shown = [...section('The log').matchAll(/^\| (.*?) \| (?:info|warn|error)/gm)].flatMap(
    ([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, event = '']) => event),
  )
  expect(new Set(shown.filter((event) => event !== 'Its process is replaced.'))).toEqual(written)
})

function section(title: string): string {
  const [, text] = new RegExp(`^## ${title}$([\\s\\S]*?)^## `, 'm').exec(PAGE) ?? []
  if (!text) throw new Error(`docs/operations.md has no section "${title}"`)
  return text
}

function sources(): { path: string; text: string }[] {
  return ['apps/gateway/src', 'apps/worker/src', 'packages/core/src'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => ({ path: join(folder, file), text: read(join(folder, file)) })),
  )
}

/** What is written at `info` and above, where it is a text and not an error's own. */
function eventsIn(text: string): string[] {
  const calls = [...text.matchAll(/\b(?:logger|log|lines)(?:\?)?(?:\.(?:info|warn|error)|\[[^\]]+\])\(/g)]
  return calls.flatMap(({ 0: call, index }) => {
    const given = argumentsAt(text, index + call.length)
    const [, event] = /(?:^|,)\s*'([^']+)',?\s*$/.exec(given) ?? []
    return event ? [event] : []
  })
}

function argumentsAt(text: string, start: number): string {
  let depth = 1
  let at = start
  while (depth > 0 && at < text.length) {
    if (text[at] === '(') depth++
    if (text[at] === ')') depth--
    at++
  }
  return text.slice(start, at - 1)
}
