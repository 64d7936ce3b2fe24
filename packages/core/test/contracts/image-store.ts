import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import type { ImageStore } from '../../src/images/image-store.ts'
import { openedStore } from './opened-store.ts'

const JPEG = { contentType: 'image/jpeg' }
const inAMinute = () => new Date(Date.now() + 60_000)

/** What every image store promises. */
export function describeImageStore(
  name: string,
  openStore: () => Promise<{ store: ImageStore } & AsyncDisposable>,
): void {
  describe(`${name} keeps its promises`, () => {
    const store = openedStore(openStore)

    test('an image is read back byte for byte', async () => {
      const [key, image] = [newJobId(), randomBytes(183_201)]
      await store.put(key, image, JPEG)
      expect(await read(store, key)).toEqual(image)
    })

    test('an image of 20 MB is read back byte for byte', async () => {
      const [key, image] = [newJobId(), randomBytes(20_000_000)]
      await store.put(key, image, JPEG)
      expect((await read(store, key))?.equals(image)).toBe(true)
    })

    test('a view of a larger buffer stores the view only', async () => {
      const [key, whole] = [newJobId(), randomBytes(1000)]
      await store.put(key, new Uint8Array(whole.buffer, whole.byteOffset + 10, 20), JPEG)
      expect(await read(store, key)).toEqual(whole.subarray(10, 30))
    })

    test('a file that it names holds the image; of a missing one it names none', async () => {
      const [key, image] = [newJobId(), randomBytes(1000)]
      await store.put(key, image, JPEG)
      const file = store.fileOf(key)
      if (file !== undefined) expect(readFileSync(file)).toEqual(image)
      expect(store.fileOf(newJobId())).toBeUndefined()
    })

    test('an empty image is stored too', async () => {
      const key = newJobId()
      await store.put(key, new Uint8Array(), JPEG)
      expect(await read(store, key)).toEqual(Buffer.alloc(0))
    })

    test('the same key again replaces the image', async () => {
      const key = newJobId()
      await store.put(key, randomBytes(5000), JPEG)
      await store.put(key, Buffer.from('second'), JPEG)
      expect(await read(store, key)).toEqual(Buffer.from('second'))
    })

    test('a key that was never used reads as undefined', async () => {
      expect(await store.get(newJobId())).toBeUndefined()
    })

    test('what is read up to a limit is whole, or said to be more', async () => {
      const [key, image] = [newJobId(), randomBytes(5000)]
      await store.put(key, image, JPEG)
      expect(Buffer.from((await store.getUpTo(key, 5000)) ?? [])).toEqual(image)
      expect(await store.getUpTo(key, 4999)).toBeNull()
      expect(await store.getUpTo(newJobId(), 5000)).toBeUndefined()
    })

    test('where it says that bytes may be put, they are put under the key', async () => {
      const [key, image] = [newJobId(), randomBytes(5000)]
      const put = await store.urlToPut(key, { contentType: 'image/png', expiresAt: inAMinute() })
      if (!put) return
      const { url, headers } = put
      expect((await fetch(url, { method: 'PUT', headers, body: image })).status).toBe(201)
      expect(await read(store, key)).toEqual(image)
    })

    test('where it says that bytes may be got, they are those of the key', async () => {
      const [key, image] = [newJobId(), randomBytes(5000)]
      await store.put(key, image, JPEG)
      const shown = { contentType: 'image/jpeg', contentDisposition: 'inline; filename="a.jpg"' }
      const url = await store.urlToGet(key, { ...shown, expiresAt: inAMinute() })
      if (!url) return
      const answer = await fetch(url)
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(image)
      expect(answer.headers.get('content-type')).toBe(shown.contentType)
      expect(answer.headers.get('content-disposition')).toBe(shown.contentDisposition)
    })

    test('a copy outlives the original, and replacing one leaves the other', async () => {
      const [from, to, image] = [newJobId(), newJobId(), randomBytes(5000)]
      await store.put(from, image, JPEG)
      expect(await store.copy(from, to)).toBe(true)
      await store.put(from, Buffer.from('other'), JPEG)
      expect(await read(store, to)).toEqual(image)
      await store.delete(from)
      expect(await read(store, to)).toEqual(image)
    })

    test('a copy replaces what was there, also when it is the same already', async () => {
      const [from, to, image] = [newJobId(), newJobId(), randomBytes(5000)]
      await store.put(from, image, JPEG)
      await store.put(to, Buffer.from('old'), JPEG)
      expect(await store.copy(from, to)).toBe(true)
      expect(await store.copy(from, to)).toBe(true)
      expect(await read(store, to)).toEqual(image)
    })

    test('copying what is not there resolves to false and stores nothing', async () => {
      const to = newJobId()
      expect(await store.copy(newJobId(), to)).toBe(false)
      expect(await store.get(to)).toBeUndefined()
    })

    test('a deleted image is gone, and deleting again succeeds', async () => {
      const key = newJobId()
      await store.put(key, randomBytes(10), JPEG)
      await store.delete(key)
      await store.delete(key)
      expect(await store.get(key)).toBeUndefined()
    })

    test('a key that could leave the store is refused', async () => {
      for (const key of ['', '..', 'a/b', '../../etc/passwd', 'a\\b', 'a?b', 'a b', 'ä']) {
        await expect(store.put(key, Buffer.from('x'), JPEG)).rejects.toThrow(TypeError)
        await expect(store.get(key)).rejects.toThrow(TypeError)
        await expect(store.delete(key)).rejects.toThrow(TypeError)
        await expect(store.copy(key, newJobId())).rejects.toThrow(TypeError)
      }
    })

    test('writers of the same key at the same time leave one whole image', async () => {
      const key = newJobId()
      const images = Array.from({ length: 10 }, () => randomBytes(50_000))
      await Promise.all(images.map((image) => store.put(key, image, JPEG)))
      const found = await read(store, key)
      expect(images.filter((image) => found?.equals(image))).toHaveLength(1)
    })

    describe('what was made of an image', () => {
      const PNG = { contentType: 'image/png' }

      test('is kept under its name, and gone with the image', async () => {
        const [key, other] = [newJobId(), newJobId()]
        await store.put(key, Buffer.from('image'), JPEG)
        for (const owner of [key, other])
          await store.putRender(owner, 'annotated-1.png', Buffer.from('old'), PNG)
        await store.putRender(key, 'annotated-1.png', Buffer.from('new'), PNG)
        await store.putRender(key, 'crops-2.zip', Buffer.from('zip'), { contentType: 'application/zip' })
        const render = async (owner: string, file: string) => {
          const found = await store.getRender(owner, file)
          return found && Buffer.from(found).toString()
        }
        expect(await render(key, 'annotated-1.png')).toBe('new')
        expect(await render(key, 'annotated-2.png')).toBeUndefined()
        await store.delete(key)
        expect(await read(store, key)).toBeUndefined()
        expect(await render(key, 'annotated-1.png')).toBeUndefined()
        expect(await render(key, 'crops-2.zip')).toBeUndefined()
        expect(await render(other, 'annotated-1.png')).toBe('old')
      })

      test('is listed by the key of its image, though that be gone', async () => {
        const key = newJobId()
        await store.putRender(key, 'annotated-1.png', Buffer.from('png'), PNG)
        const storedBefore = new Date(Date.now() + 60_000)
        expect((await pagesOf(store, { storedBefore, limit: 5 })).flat()).toContain(key)
        await store.delete(key)
        expect((await pagesOf(store, { storedBefore, limit: 5 })).flat()).not.toContain(key)
      })

      test.each(['../a.png', 'a/b.png', 'A.png', ''])('cannot be called %j', async (wrong) => {
        await expect(store.putRender(newJobId(), wrong, Buffer.from('png'), PNG)).rejects.toThrow(
          /name of a render/,
        )
      })
    })

    describe('the list', () => {
      test('has the keys of all images, in pages without gap or double', async () => {
        const keys = Array.from({ length: 12 }, () => newJobId())
        await Promise.all(keys.map((key) => store.put(key, Buffer.from(key), JPEG)))
        const deleted = keys.pop() as string
        await store.delete(deleted)
        const pages = await pagesOf(store, { storedBefore: new Date(Date.now() + 60_000), limit: 5 })
        for (const page of pages) expect(page.length).toBeLessThanOrEqual(5)
        const listed = pages.flat()
        expect(listed).toHaveLength(new Set(listed).size)
        expect(listed).toEqual(expect.arrayContaining(keys))
        expect(listed).not.toContain(deleted)
      })

      test('leaves out what was stored or copied after the moment asked for', async () => {
        const [old, young, copy] = [newJobId(), newJobId(), newJobId()]
        await store.put(old, Buffer.from('old'), JPEG)
        // Blob Storage tells times to the second.
        await sleep(1100)
        const storedBefore = new Date()
        await sleep(1100)
        await store.put(young, Buffer.from('young'), JPEG)
        await store.copy(young, copy)
        const listed = (await pagesOf(store, { storedBefore, limit: 100 })).flat()
        expect(listed).toContain(old)
        expect(listed).not.toContain(young)
        expect(listed).not.toContain(copy)
        await store.copy(old, copy)
        expect((await pagesOf(store, { storedBefore, limit: 100 })).flat()).not.toContain(copy)
        expect((await pagesOf(store, { storedBefore: new Date(0), limit: 100 })).flat()).toEqual([])
      })

      test('of a store that was never used is empty', async () => {
        await using unused = await openStore()
        const future = new Date(Date.now() + 60_000)
        const { keys, next } = await unused.store.list({ storedBefore: future, limit: 10 })
        expect({ keys, next }).toEqual({ keys: [], next: undefined })
      })
    })

    test('a store in order passes the check', async () => {
      await expect(store.check()).resolves.toBeUndefined()
    })
  })
}

async function pagesOf(store: ImageStore, query: { storedBefore: Date; limit: number }): Promise<string[][]> {
  const pages: string[][] = []
  let after: string | undefined
  do {
    const { keys, next } = await store.list({ ...query, after })
    pages.push(keys)
    after = next
  } while (after)
  return pages
}

async function read(store: ImageStore, key: string): Promise<Buffer | undefined> {
  const image = await store.get(key)
  return image && Buffer.from(image)
}
