import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { openPythonTools } from '../../../../scripts/fuzz/python-tools.ts'
import { makeSecret, signWebhook } from '../../src/webhooks/sign.ts'

// What receivers will run: the reference verifiers of Standard Webhooks. Those for Python and Go are fetched
// first, so only when asked for: `LUPA_TEST_VERIFIERS=1 npm test -- reference-verifiers`.
const isAsked = process.env.LUPA_TEST_VERIFIERS === '1'

const HERE = resolve(import.meta.dirname, 'reference-verifiers')
const TOOLS = resolve(import.meta.dirname, '../../../../.lupa/tools')

interface Case {
  name: string
  secret: string
  headers: Record<string, string>
  body: string
  isOurs: boolean
}

const BODIES = [
  '{"type":"job.succeeded","data":{"image_name":"garrafa.jpg","confidence":0.9731}}',
  JSON.stringify({ image_name: 'ação 🍾 \u0000\u2028 "\\.jpg', tags: ['línea-3', '行'] }),
  JSON.stringify({ predictions: Array.from({ length: 300 }, (_, index) => ({ class: index })) }),
  '{}',
]

function makeCases(): Case[] {
  return BODIES.flatMap((body, index) => {
    const [secret, before, stranger] = [makeSecret(), makeSecret(), makeSecret()]
    const message = { id: `msg_0199${index}`, timestamp: new Date(), body }
    const headers = signWebhook({ ...message, secrets: [secret] })
    const both = signWebhook({ ...message, secrets: [secret, before] })
    const ours = { secret, headers, body }
    const flipped = headers['webhook-signature'].replace(/.{3}(?==)/, (end) =>
      end === 'AAA' ? 'BBB' : 'AAA',
    )
    const old = signWebhook({ ...message, timestamp: new Date(Date.now() - 3_600_000), secrets: [secret] })
    return [
      { name: 'ours', ...ours, isOurs: true },
      { name: 'to who knows the new secret', ...ours, headers: both, isOurs: true },
      { name: 'to who knows the old secret', ...ours, headers: both, secret: before, isOurs: true },
      { name: 'to who knows neither', ...ours, headers: both, secret: stranger, isOurs: false },
      { name: 'another body', ...ours, body: `${body} `, isOurs: false },
      { name: 'another id', ...ours, headers: { ...headers, 'webhook-id': 'msg_1' }, isOurs: false },
      {
        name: 'another signature',
        ...ours,
        headers: { ...headers, 'webhook-signature': flipped },
        isOurs: false,
      },
      { name: 'of an hour ago', ...ours, headers: old, isOurs: false },
    ]
  })
}

function expectVerdicts(command: string, args: string[]): void {
  const cases = makeCases()
  const input = cases.map((one) => JSON.stringify(one)).join('\n')
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: HERE, encoding: 'utf8', input })
  expect([status, stderr]).toEqual([0, expect.anything()])
  const verdicts = stdout.trim().split('\n')
  expect(verdicts).toHaveLength(cases.length)
  expect(cases.map(({ name }, index) => [name, verdicts[index]])).toEqual(
    cases.map(({ name, isOurs }) => [name, String(isOurs)]),
  )
}

test('the verifier for JavaScript takes what is ours and nothing else', () => {
  for (const { name, secret, headers, body, isOurs } of makeCases()) {
    const verify = () => new Webhook(secret).verify(body, headers)
    if (isOurs) expect([name, verify()]).toEqual([name, JSON.parse(body)])
    else expect(verify).toThrow()
  }
})

test.skipIf(!isAsked)(
  'the verifier for Python takes what is ours and nothing else',
  (context) => {
    const tools = openPythonTools(TOOLS, 'standardwebhooks', join(HERE, 'requirements.txt'))
    if ('missing' in tools) return context.skip(tools.missing)
    expectVerdicts(join(tools.directory, 'python'), ['verify.py'])
  },
  600_000,
)

test.skipIf(!isAsked)(
  'the verifier for Go takes what is ours and nothing else',
  (context) => {
    const binary = join(TOOLS, 'verify-webhooks')
    const built = spawnSync('go', ['build', '-mod=readonly', '-o', binary, '.'], {
      cwd: HERE,
      encoding: 'utf8',
    })
    if (built.status !== 0) return context.skip(`Go cannot build it: ${built.error?.message ?? built.stderr}`)
    expectVerdicts(binary, [])
  },
  600_000,
)
