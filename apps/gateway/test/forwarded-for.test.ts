import { isIP } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm } from './requests.ts'

let redis: TestRedis
let trusting: GatewayUnderTest
let plain: GatewayUnderTest
beforeAll(async () => {
  redis = await startRedisServer()
  trusting = await startGateway(redis.url, { env: { TRUST_PROXY: '127.0.0.1, 10.0.0.0/8, fd00::/8' } })
  plain = await startGateway(redis.url)
})
afterAll(async () => {
  await trusting[Symbol.asyncDispose]()
  await plain[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

/** What is recorded of where a job came from. */
async function recorded({ app, deps }: GatewayUnderTest, forwardedFor: string) {
  const { headers, payload } = imageForm()
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/jobs',
    headers: { ...headers, 'x-forwarded-for': forwardedFor },
    payload,
  })
  expect(answer.statusCode).toBe(202)
  return (await deps.jobStore.get(answer.json().id))?.user_ip
}

const proxy = fc.oneof(
  fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map((rest) => `10.${rest.join('.')}`),
  fc.nat(0xffff).map((last) => `fd00::${last.toString(16)}`),
)
const client = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.nat(255), fc.nat(255), fc.nat(255))
  .map((parts) => parts.join('.'))
const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((at) => String.fromCharCode(at)),
})
const claims = fc.array(fc.oneof(client, proxy, fc.ipV6(), printable), { maxLength: 4 })
const COMMA = fc.constantFrom(',', ', ', ' , ')

test('whoever the last proxy of ours names is the sender, whatever that one claimed before', async () => {
  await fc.assert(
    fc.asyncProperty(
      claims,
      client,
      fc.array(proxy, { maxLength: 3 }),
      COMMA,
      async (before, ip, ours, comma) => {
        expect(await recorded(trusting, [...before, ip, ...ours].join(comma))).toBe(ip)
      },
    ),
    { numRuns: 60 },
  )
}, 60_000)

test('what is no address is recorded as none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(printable, claims.map(String)), async (header) => {
      const ip = await recorded(trusting, header)
      if (ip !== null) expect([ip, isIP(ip ?? '')]).not.toEqual([ip, 0])
    }),
    { numRuns: 60 },
  )
}, 60_000)

test('without a trusted proxy nothing that is claimed counts', async () => {
  await fc.assert(
    fc.asyncProperty(claims, COMMA, async (all, comma) => {
      expect(await recorded(plain, all.join(comma))).toBe('127.0.0.1')
    }),
    { numRuns: 30 },
  )
}, 60_000)
