import type { TokenCredential } from '@azure/identity'
import { BlobServiceClient } from '@azure/storage-blob'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { createAzureBlobImageStore } from '../../src/images/azure-blob-image-store.ts'
import { startAzurite, type TestAzurite } from '../services/azurite-server.ts'
import { hasOpenssl, makeTestCertificate } from '../services/test-certificate.ts'

const PNG = 'image/png'
const SHOWN = { contentType: PNG, contentDisposition: 'inline' }
const MINUTE_MS = 60_000
const inMs = (ms: number) => new Date(Date.now() + ms)

afterEach(() => void vi.useRealTimers())

describe('A URL that Blob Storage itself answers', () => {
  let azurite: TestAzurite
  beforeAll(async () => {
    azurite = await startAzurite()
  }, 60_000)
  afterAll(() => azurite[Symbol.asyncDispose]())

  test('allows to write its own blob, and nothing else', async () => {
    const store = createAzureBlobImageStore({
      connectionString: azurite.connectionString,
      container: 'images',
    })
    const [key, other] = [newJobId(), newJobId()]
    await store.put(other, Buffer.from('of another'), { contentType: PNG })
    const { url, headers } =
      (await store.urlToPut(key, { contentType: PNG, expiresAt: inMs(MINUTE_MS) })) ?? {}
    if (url === undefined) throw new Error('no URL')
    const put = (where: string) => fetch(where, { method: 'PUT', headers: headers ?? {}, body: 'new' })

    expect((await put(url)).status).toBe(201)
    expect((await fetch(url)).status).toBe(403)
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403)
    const ofOther = url.replace(`${key.slice(-2)}/${key}`, `${other.slice(-2)}/${other}`)
    expect((await put(ofOther)).status).toBe(403)
    expect((await put(url.replace(/\?.*/, ''))).status).toBe(403)
    expect(Buffer.from((await store.get(other)) ?? []).toString()).toBe('of another')
    expect(Buffer.from((await store.get(key)) ?? []).toString()).toBe('new')
  })

  test('is good for as long as it was asked for', async () => {
    const store = createAzureBlobImageStore({
      connectionString: azurite.connectionString,
      container: 'images',
    })
    const key = newJobId()
    await store.put(key, Buffer.from('image'), { contentType: PNG })
    const over = inMs(-1000)
    const put = await store.urlToPut(key, { contentType: PNG, expiresAt: over })
    const late = await fetch(put?.url ?? '', { method: 'PUT', headers: put?.headers ?? {}, body: 'late' })
    expect(late.status).toBe(403)
    expect((await fetch((await store.urlToGet(key, { ...SHOWN, expiresAt: over })) ?? '')).status).toBe(403)
    expect(Buffer.from((await store.get(key)) ?? []).toString()).toBe('image')
  })

  test('is not to be had from a connection string that is itself a SAS', async () => {
    const connectionString =
      'BlobEndpoint=https://account.blob.core.windows.net/;SharedAccessSignature=sv=2025-01-05&sig=abc'
    const store = createAzureBlobImageStore({ connectionString, container: 'images' })
    expect(await store.urlToGet(newJobId(), { ...SHOWN, expiresAt: inMs(MINUTE_MS) })).toBeUndefined()
  })
})

describe.skipIf(!hasOpenssl)('With an identity instead of a key of the account, a URL', () => {
  let certificate: ReturnType<typeof makeTestCertificate>
  let azurite: TestAzurite
  beforeAll(async () => {
    certificate = makeTestCertificate()
    azurite = await startAzurite({ tls: certificate })
  }, 60_000)
  afterAll(async () => {
    await azurite[Symbol.asyncDispose]()
    certificate[Symbol.dispose]()
  })

  test('is signed with a key that is lent to it, over https only, and Blob Storage takes it', async () => {
    const { connectionString, accountUrl } = azurite
    // Whoever comes with an identity finds the container there.
    await BlobServiceClient.fromConnectionString(connectionString).getContainerClient('images').create()
    const store = createAzureBlobImageStore({ accountUrl, identity: anIdentity(), container: 'images' })
    const key = newJobId()

    const put = await store.urlToPut(key, { contentType: PNG, expiresAt: inMs(MINUTE_MS) })
    expect(new URL(put?.url ?? '').searchParams.get('spr')).toBe('https')
    expect(new URL(put?.url ?? '').searchParams.get('skoid')).toBe(OBJECT_ID)
    const stored = await fetch(put?.url ?? '', { method: 'PUT', headers: put?.headers ?? {}, body: 'image' })
    expect(stored.status).toBe(201)
    const got = await fetch((await store.urlToGet(key, { ...SHOWN, expiresAt: inMs(MINUTE_MS) })) ?? '')
    expect([got.status, await got.text()]).toEqual([200, 'image'])
  })

  test('costs no request until the lent key is about to end, nor do many at once', async () => {
    const asked = vi.spyOn(BlobServiceClient.prototype, 'getUserDelegationKey')
    const { accountUrl } = azurite
    const store = createAzureBlobImageStore({ accountUrl, identity: anIdentity(), container: 'images' })
    const sign = () => store.urlToGet(newJobId(), { ...SHOWN, expiresAt: inMs(MINUTE_MS) })

    const urls = await Promise.all([sign(), sign(), sign()])
    expect(asked).toHaveBeenCalledTimes(1)
    const endsAt = new URL(urls[0] ?? '').searchParams.get('ske') ?? ''
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(endsAt) - 17 * MINUTE_MS })
    await sign()
    expect(asked).toHaveBeenCalledTimes(1)
    // A URL must end before the key it was signed with, by clocks that differ.
    vi.setSystemTime(Date.parse(endsAt) - 15 * MINUTE_MS)
    await sign()
    expect(asked).toHaveBeenCalledTimes(2)
  })
})

const OBJECT_ID = '23657296-5cd5-45b0-a809-d972a7f4dfe1'

/** Azurite looks at what a token says, not at who signed it. */
function anIdentity(): TokenCredential {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  return {
    async getToken() {
      const now = Math.floor(Date.now() / 1000)
      const claims = {
        aud: 'https://storage.azure.com',
        iss: 'https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/',
        iat: now - 60,
        nbf: now - 60,
        exp: now + 86_400,
        oid: OBJECT_ID,
        tid: 'ab1f708d-50f6-404c-a006-d71b2ac7a606',
      }
      const token = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}.${encode({ of: 'nobody' })}`
      return { token, expiresOnTimestamp: (now + 86_400) * 1000 }
    },
  }
}
