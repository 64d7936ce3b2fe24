import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { type CachedResult, cacheKeyOf, type ResultCache } from '../../src/jobs/result-cache.ts'

/** What every result cache promises. */
export function describeResultCache(
  name: string,
  open: () => Promise<{ cache: ResultCache } & AsyncDisposable>,
): void {
  describe(`${name} keeps its promises`, () => {
    let session: AsyncDisposable
    let cache: ResultCache
    beforeAll(async () => {
      const opened = await open()
      session = opened
      cache = opened.cache
    })
    afterAll(() => session?.[Symbol.asyncDispose]())

    test('a result is found again under its key, and under no other', async () => {
      const [key, result] = [aKey(), aResult()]
      await cache.put(key, result)
      expect(await cache.get(key)).toEqual(result)
      expect(await cache.get(aKey())).toBeUndefined()
    })

    test('a later result replaces the earlier', async () => {
      const [key, later] = [aKey(), aResult()]
      await cache.put(key, aResult())
      await cache.put(key, later)
      expect(await cache.get(key)).toEqual(later)
    })

    test('a deleted result is gone, and deleting again succeeds', async () => {
      const key = aKey()
      await cache.put(key, aResult())
      await cache.delete(key)
      await cache.delete(key)
      expect(await cache.get(key)).toBeUndefined()
    })

    test('all results of one scope are deleted, and no other, however odd its name', async () => {
      const scopes = ['key:a*', 'key:ab', 'key:[a]', 'key:a', 'oidc:\\*?']
      const keyOf = (scope: string, at: number) => keyOfImage(scope, `image-${at}`)
      for (const scope of scopes) for (let at = 0; at < 3; at++) await cache.put(keyOf(scope, at), aResult())
      for (const [at, scope] of scopes.entries()) {
        await cache.deleteAll(scope)
        const left = await Promise.all(scopes.map((one) => cache.get(keyOf(one, 2))))
        expect(left.map((one) => one !== undefined)).toEqual(scopes.map((_, other) => other > at))
      }
    })

    test('of many holders one gets a key', async () => {
      const key = aKey()
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, holder) => cache.claim(key, `holder-${holder}`, 10_000)),
      )
      expect(claims.filter(Boolean)).toHaveLength(1)
    })

    test('a holder may claim again what it has', async () => {
      const key = aKey()
      expect(await cache.claim(key, 'ana', 10_000)).toBe(true)
      expect(await cache.claim(key, 'ana', 10_000)).toBe(true)
    })

    test('a released key can be claimed by another', async () => {
      const key = aKey()
      await cache.claim(key, 'ana', 10_000)
      await cache.release(key, 'ana')
      expect(await cache.claim(key, 'rui', 10_000)).toBe(true)
    })

    test('a key is not released by one who does not have it', async () => {
      const key = aKey()
      await cache.claim(key, 'ana', 10_000)
      await cache.release(key, 'rui')
      expect(await cache.claim(key, 'rui', 10_000)).toBe(false)
    })

    test('a claim ends by itself', async () => {
      const key = aKey()
      await cache.claim(key, 'ana', 100)
      expect(await cache.claim(key, 'rui', 100)).toBe(false)
      await delay(150)
      expect(await cache.claim(key, 'rui', 100)).toBe(true)
    })
  })
}

function aKey(): string {
  return keyOfImage('ana', newJobId())
}

function keyOfImage(client: string, sha256: string): string {
  return cacheKeyOf({ client, image: { sha256 }, model: { digest: 'sha256:0' } }, 'client')
}

function aResult(): CachedResult {
  return {
    prediction: { task: 'classify', top: [{ name: 'aberta', class: 0, confidence: 0.9731 }] },
    image: { width: 1280, height: 720 },
    job_id: newJobId(),
  }
}
