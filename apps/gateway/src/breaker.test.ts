import { setTimeout as sleep } from 'node:timers/promises'
import { LupaError } from '@lupa/core/domain/errors'
import { expect, test } from 'vitest'
import { createBreaker } from './breaker.ts'

const COOL_DOWN_MS = 50

const aBreaker = () =>
  createBreaker({ code: 'store_unavailable', dependency: 'job store', coolDownMs: COOL_DOWN_MS })

const away = async () => Promise.reject(new LupaError('store_unavailable', 'The disk is full.'))
const coolDown = () => sleep(COOL_DOWN_MS + 10)

test('closed, it lets everyone through', async () => {
  const breaker = aBreaker()
  breaker.assertClosed()
  expect(await breaker.watch(async () => 7)).toBe(7)
  expect(breaker.report()).toMatchObject({ state: 'closed', lastError: null })
})

test('a failure opens it: the next are refused at once, with the code of the failure', async () => {
  const breaker = aBreaker()
  await expect(breaker.watch(away)).rejects.toThrow('The disk is full.')
  expect(() => breaker.assertClosed()).toThrow(expect.objectContaining({ code: 'store_unavailable' }))
  expect(breaker.report()).toMatchObject({
    state: 'open',
    lastError: { code: 'store_unavailable', at: expect.any(Date) },
  })
})

test('so does anything that nobody foresaw, but not an answer of the dependency', async () => {
  const breaker = aBreaker()
  const answer = new LupaError('image_not_found', 'Gone.')
  await expect(breaker.watch(async () => Promise.reject(answer))).rejects.toThrow('Gone.')
  expect(breaker.report().state).toBe('closed')
  await expect(breaker.watch(async () => Promise.reject(new Error('socket hang up')))).rejects.toThrow()
  expect(breaker.report()).toMatchObject({ state: 'open', lastError: { code: 'store_unavailable' } })
})

test('half open, it lets one try at a time', async () => {
  const breaker = aBreaker()
  await breaker.watch(away).catch(() => {})
  await coolDown()
  expect(breaker.report().state).toBe('half_open')
  breaker.assertClosed()
  expect(() => breaker.assertClosed()).toThrow()
  expect(breaker.report().state).toBe('half_open')
  // Who tried never came back: another may.
  await coolDown()
  breaker.assertClosed()
})

test('a try that succeeds closes it, one that fails opens it again', async () => {
  const breaker = aBreaker()
  await breaker.watch(away).catch(() => {})
  const { since } = breaker.report()
  await coolDown()
  breaker.assertClosed()
  await breaker.watch(away).catch(() => {})
  expect(breaker.report()).toMatchObject({ state: 'open', since })
  await coolDown()
  breaker.assertClosed()
  await breaker.watch(async () => 'here')
  expect(breaker.report()).toMatchObject({ state: 'closed', lastError: { code: 'store_unavailable' } })
  expect(breaker.report().since.getTime()).toBeGreaterThan(since.getTime())
  breaker.assertClosed()
  breaker.assertClosed()
})
