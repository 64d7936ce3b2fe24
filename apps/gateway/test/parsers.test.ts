import { Readable } from 'node:stream'
import { LupaError } from '@lupa/core/domain/errors'
import { ManifestError, parseManifest } from '@lupa/core/models/manifest'
import { SettingsError } from '@lupa/core/runtime/env'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCredentials } from '../src/authenticate.ts'
import { openArchive } from '../src/batch-archive.ts'
import { readGatewayConfig } from '../src/config.ts'
import { readCursor, toPage } from '../src/cursor.ts'
import { matchesEtag } from '../src/job-view.ts'
import { mediaTypesOf } from '../src/negotiate-format.ts'
import { checkParameters, SubmitParameters } from '../src/parameters.ts'
import { readPreferWait } from '../src/prefer-wait.ts'
import { readTraceId } from '../src/trace-id.ts'
import { networkOf, toUserIp } from '../src/user-ip.ts'
import { zipOf } from './zip-file.ts'

// What comes from outside is read, or refused by a failure that we know of: never anything else.

/** As headers are: Node gives each byte a character of its own. */
const ANY_BYTE = fc.nat({ max: 0xff }).map((code) => String.fromCharCode(code))

/** Any text, and text that is nearly right. */
const near = (...words: string[]) =>
  fc.oneof(
    fc.string({ unit: ANY_BYTE }),
    fc
      .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 3 }), fc.nat().map(String)), {
        maxLength: 8,
      })
      .map((parts) => parts.join('')),
  )

const readOr = <T>(known: new (...args: never[]) => Error, read: () => T): T | undefined => {
  try {
    return read()
  } catch (error) {
    if (error instanceof known) return undefined
    throw error
  }
}

test('Prefer: a wait is within its bounds, whatever stands around it', () => {
  const wait = { defaultMs: 30_000, maxMs: 60_000 }
  fc.assert(
    fc.property(near('wait', '=', ',', ';', '"', ' '), (header) => {
      const waitMs = readPreferWait(header, wait)
      if (waitMs !== undefined) expect(waitMs).toBeGreaterThanOrEqual(0)
      if (waitMs !== undefined) expect(waitMs).toBeLessThanOrEqual(wait.maxMs)
    }),
  )
  fc.assert(
    fc.property(fc.nat({ max: 999_999 }), (seconds) => {
      expect(readPreferWait(`respond-async, wait=${seconds}`, wait)).toBe(Math.min(seconds * 1000, 60_000))
    }),
  )
})

test.each(['wait' + ' '.repeat(16_000) + 'x', 'wait=' + ' '.repeat(16_000) + '"x', ' ='.repeat(8000)])(
  'Prefer: the longest header there may be is read at once, case %#',
  (header) => {
    const startMs = performance.now()
    expect(readPreferWait(header, { defaultMs: 30_000, maxMs: 60_000 })).toBeUndefined()
    // As one expression it took 1.3 s.
    expect(performance.now() - startMs).toBeLessThan(500)
  },
)

test('cursor: ours come back as they were, others are refused', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
      fc.uuid(),
      (date, id) => {
        const created_at = date.toISOString()
        const row = { created_at, id }
        const { nextCursor } = toPage([row, row], 1)
        expect(readCursor(nextCursor ?? '')).toEqual({ createdAt: created_at, id })
      },
    ),
  )
  const bent = fc.oneof(
    near('eyJ', '=', '-', '_'),
    fc.json().map((text) => Buffer.from(text).toString('base64url')),
  )
  fc.assert(fc.property(bent, (text) => void readOr(LupaError, () => readCursor(text))))
})

test('traceparent: a trace id has 32 hexadecimal digits and is not 0, or there is none', () => {
  const hex = (length: number) =>
    fc.string({
      unit: fc.nat({ max: 15 }).map((digit) => digit.toString(16)),
      minLength: length,
      maxLength: length,
    })
  fc.assert(
    fc.property(near('00-', '-01', '0af7651916cd43dd8448eb211c80319c', '-', 'ff'), (header) => {
      const traceId = readTraceId(header)
      if (traceId !== null) expect(traceId).toMatch(/^(?!0+$)[\da-f]{32}$/)
    }),
  )
  fc.assert(
    fc.property(hex(32), hex(16), (trace, parent) => {
      expect(readTraceId(`00-${trace}-${parent}-01`)).toBe(/^0+$/.test(trace) ? null : trace)
    }),
  )
})

test('addresses: a network is the same for all that it holds, and truncating keeps no last part', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const network = networkOf(address)
      expect(networkOf(address.toUpperCase())).toBe(network)
      expect(toUserIp(address, 'off')).toBeNull()
      expect(toUserIp(address, 'truncated')).toMatch(/^([\da-f]{1,4}:){0,3}.*(::|\.0)$/)
    }),
  )
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      expect(networkOf(`::ffff:${address}`)).toBe(address)
      expect(networkOf(`${address}:443`)).toBe(address)
      expect(toUserIp(address, 'truncated')).toBe(address.replace(/\d+$/, '0'))
    }),
  )
})

test('Authorization: Basic is read as it was written, anything is read somehow', () => {
  fc.assert(
    fc.property(near('Basic ', 'Bearer ', 'lupa_', ':', '=', ' '), (authorization) => {
      const { scheme, given } = readCredentials({ authorization })
      expect(['basic', 'bearer', 'other']).toContain(scheme)
      if (scheme !== 'basic') expect(given).not.toContain(' ')
    }),
  )
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }).filter((user) => !user.includes(':')),
      fc.string({ unit: 'grapheme' }),
      (user, password) => {
        const authorization = `bAsIc ${Buffer.from(`${user}:${password}`).toString('base64')}`
        expect(readCredentials({ authorization })).toEqual({
          scheme: 'basic',
          username: user,
          given: password,
        })
      },
    ),
  )
})

test('API_KEYS: a list is taken whole or refused, and no key is shown', () => {
  const REDIS_URL = 'redis://127.0.0.1:6379'
  const key = 'a-key-that-is-not-to-be-seen-anywhere'
  fc.assert(
    fc.property(near(key, 'line-3', ':', ',', '+', 'admin', 'jobs:read'), (API_KEYS) => {
      try {
        for (const one of readGatewayConfig({ REDIS_URL, API_KEYS }).apiKeys) {
          expect(one.key).toMatch(/^[\w-]{32,200}$/)
          expect(one.scopes.length).toBeGreaterThan(0)
        }
      } catch (error) {
        expect(error).toBeInstanceOf(SettingsError)
        expect((error as Error).message).not.toContain(key)
      }
    }),
  )
})

test('parameters: within their bounds, or refused by name', () => {
  const text = near('0.5', '-1', '1e9', 'person', ',', 'NaN', 'Infinity', '0', '[', ']')
  const names = fc.constantFrom(...Object.keys(SubmitParameters.shape), '__proto__', 'constructor', 'other')
  fc.assert(
    fc.property(fc.dictionary(names, fc.oneof(text, fc.array(text, { maxLength: 3 }))), (given) => {
      const read = readOr(LupaError, () => checkParameters(SubmitParameters, given))
      if (read?.conf !== undefined) expect(read.conf).toSatisfy((conf: number) => conf >= 0 && conf <= 1)
      if (read?.max_det !== undefined) expect(Number.isInteger(read.max_det)).toBe(true)
    }),
  )
})

test('If-None-Match: names a tag among others, weak or not, and no other', () => {
  // As RFC 9110 has them, but for the comma, which is in none of ours.
  const tag = fc
    .string({ unit: fc.constantFrom('!', '#', 'a', 'Z', '0', '-', '/', 'W', '\u00ff'), maxLength: 12 })
    .map((text) => `"${text}"`)
  const mark = fc.constantFrom('', 'W/')
  const tags = fc.array(fc.tuple(mark, tag).map((parts) => parts.join('')))
  const gap = fc.constantFrom(',', ', ', ' ,\t')
  fc.assert(
    fc.property(tags, tag, tags, mark, gap, (before, own, after, weak, between) => {
      const header = [...before, weak + own, ...after].join(between)
      expect(matchesEtag(header, `W/${own}`)).toBe(true)
      const others = [...before, ...after].filter((one) => !one.endsWith(own))
      expect(matchesEtag(others.join(between), `W/${own}`)).toBe(false)
      expect(matchesEtag([...others, '*'].join(between), `W/${own}`)).toBe(true)
    }),
  )
  fc.assert(
    fc.property(near('W/', '"', 'a', ',', ' '), (header) => {
      if (!header.includes('*')) expect(matchesEtag(header, 'W/"another"')).toBe(false)
    }),
  )
})

test('Accept: only types that we have, each once', () => {
  const types = ['application/json', 'text/csv', 'image/svg+xml']
  fc.assert(
    fc.property(near('*/*', 'application/json', 'text/*', ';q=', '0.5', ','), (accept) => {
      const found = mediaTypesOf(accept, types)
      expect(new Set(found).size).toBe(found.length)
      expect(found.filter((type) => !types.includes(type))).toEqual([])
    }),
  )
})

test('manifest: a manifest, or a failure that says what is wrong with it', () => {
  const bent = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({
        task: fc.oneof(fc.constantFrom('detect', 'classify'), fc.anything()),
        names: fc.oneof(fc.array(fc.string()), fc.anything()),
        imgsz: fc.anything(),
        fit: fc.anything(),
      })
      .map((manifest) =>
        JSON.stringify(manifest, (_key, value) => (typeof value === 'bigint' ? '1' : value)),
      ),
  )
  fc.assert(fc.property(bent, (text) => void readOr(ManifestError, () => parseManifest(text))))
})

test('ZIP: bytes of an archive that were changed are read as images or refused', async () => {
  const limits = { maxBytes: 1_000_000, maxImages: 10, maxImageBytes: 100_000 }
  const archive = await zipOf([
    ['a.png', Buffer.alloc(300, 'picture')],
    ['folder/b.png', Buffer.alloc(500, 'another')],
  ])
  const change = fc.record({ at: fc.nat({ max: archive.length - 1 }), value: fc.nat({ max: 255 }) })
  const changes = fc.record({
    set: fc.array(change, { minLength: 1, maxLength: 6 }),
    end: fc.option(fc.nat({ max: archive.length }), { freq: 6, nil: archive.length }),
  })
  await fc.assert(
    fc.asyncProperty(changes, async ({ set, end }) => {
      const bytes = Buffer.from(archive)
      for (const { at, value } of set) bytes[at] = value
      try {
        await using opened = await openArchive(Readable.from([bytes.subarray(0, end)]), limits)
        for await (const image of opened.images) expect(image).toBeDefined()
      } catch (error) {
        expect(error).toBeInstanceOf(LupaError)
      }
    }),
    { numRuns: 200 },
  )
}, 60_000)
