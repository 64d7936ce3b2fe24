import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import openapiTS, { astToString } from 'openapi-typescript'
import { expect, test } from 'vitest'
import { startGateway } from '../../../apps/gateway/test/gateway-under-test.ts'
import { startRedisServer } from '../../core/test/services/redis-server.ts'

const FILE = join(import.meta.dirname, '../src/library/openapi.ts')
const HEADER = `// The gateway's API, made from its own /openapi.json. Not for editing. When the API has changed:
// LUPA_WRITE_TYPES=1 npm test -- openapi-types

`

test("the client's types say what the gateway's own description says", async () => {
  await using redis = await startRedisServer()
  await using gateway = await startGateway(redis.url)
  const document = (await gateway.app.inject('/openapi.json')).json()
  const wanted = HEADER + astToString(await openapiTS(withoutExamples(document), { alphabetize: true }))
  if (process.env.LUPA_WRITE_TYPES === '1') writeFileSync(FILE, wanted)
  expect(readFileSync(FILE, 'utf8') === wanted, 'Stale: LUPA_WRITE_TYPES=1 npm test -- openapi-types').toBe(
    true,
  )
})

/** They are for readers of the description, and make half of the file. */
function withoutExamples<T>(node: T): T {
  if (Array.isArray(node)) return node.map(withoutExamples) as T
  if (typeof node !== 'object' || node === null) return node
  const kept = Object.entries(node).filter(([name]) => name !== 'example' && name !== 'examples')
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutExamples(value)])) as T
}
