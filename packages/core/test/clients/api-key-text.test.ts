import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  API_KEYS_IN_TEXT,
  digestOf,
  idOfApiKey,
  isSameDigest,
  makeApiKey,
} from '../../src/clients/api-key-text.ts'

test('a key says its id, and is another each time', () => {
  const made = Array.from({ length: 200 }, () => makeApiKey())
  for (const { id, key } of made) {
    expect(key).toMatch(/^lupa_[0-9a-z]{10}_[0-9A-Za-z]{49}$/)
    expect(key.slice(5, 15)).toBe(id)
    expect(idOfApiKey(key)).toBe(id)
  }
  expect(new Set(made.map(({ key }) => key)).size).toBe(200)
  expect(new Set(made.map(({ id }) => id)).size).toBe(200)
})

test('a rotated key keeps its id', () => {
  const { id, key } = makeApiKey()
  const next = makeApiKey(id)
  expect(next.id).toBe(id)
  expect(next.key).not.toBe(key)
})

test('one character that is wrong, missing or too many is found without asking anyone', () => {
  const { key } = makeApiKey()
  for (let at = 0; at < key.length; at++) {
    const other = key[at] === 'x' ? 'y' : 'x'
    expect(idOfApiKey(key.slice(0, at) + other + key.slice(at + 1))).toBeUndefined()
    expect(idOfApiKey(key.slice(0, at) + key.slice(at + 1))).toBeUndefined()
  }
  for (const text of [`${key}0`, ` ${key}`, `${key}\n`, '', 'lupa_', 'lupa__', key.toUpperCase()])
    expect(idOfApiKey(text)).toBeUndefined()
})

test('any text is no key, and none makes it throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary-ascii' }), (text) => idOfApiKey(text) === undefined))
})

test('what is stored is of no use without the secret of the server', () => {
  const { key } = makeApiKey()
  expect(digestOf(key, 'one secret')).toMatch(/^[0-9a-f]{64}$/)
  expect(digestOf(key, 'one secret')).toBe(digestOf(key, 'one secret'))
  expect(digestOf(key, 'one secret')).not.toBe(digestOf(key, 'another'))
  expect(isSameDigest(digestOf(key, 's'), digestOf(key, 's'))).toBe(true)
  expect(isSameDigest(digestOf(key, 's'), digestOf(makeApiKey().key, 's'))).toBe(false)
  expect(isSameDigest(digestOf(key, 's'), '')).toBe(false)
})

test('keys can be found in a text, so that they can be struck out', () => {
  const { id, key } = makeApiKey()
  expect(`GET /v1/jobs/${key}/x`.replace(API_KEYS_IN_TEXT, 'lupa_…')).toBe('GET /v1/jobs/lupa_…/x')
  expect(key).toContain(id)
})
