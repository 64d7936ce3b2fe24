import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { createFolderImageStore } from '../../src/images/folder-image-store.ts'
import { describeImageStore } from '../contracts/image-store.ts'

const JPEG = { contentType: 'image/jpeg' }
const WRITER = new URL('./image-writer.ts', import.meta.url).pathname

describeImageStore('folder image store', async () => {
  const directory = await temporaryDirectory()
  return {
    store: createFolderImageStore({ directory: join(directory, 'images') }),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
})

describe('folder image store', () => {
  let directory: string
  beforeAll(async () => {
    directory = await temporaryDirectory()
  })
  afterAll(() => rm(directory, { recursive: true }))

  test('images spread over folders by the end of their keys', async () => {
    const store = createFolderImageStore({ directory })
    await store.put('0199aaaa-0000-7000-8000-0000000000f7', Buffer.from('x'), JPEG)
    expect(await readdir(join(directory, 'f7'))).toEqual(['0199aaaa-0000-7000-8000-0000000000f7'])
  })

  test('a copy takes no room of its own', async () => {
    const store = createFolderImageStore({ directory })
    const [from, to] = [newJobId(), newJobId()]
    await store.put(from, Buffer.from('x'), JPEG)
    await store.copy(from, to)
    const inode = async (key: string) => (await stat(join(directory, key.slice(-2), key))).ino
    expect(await inode(to)).toBe(await inode(from))
  })

  test('what is in the making, or is no image, is not listed', async () => {
    const folder = join(directory, 'listed')
    const store = createFolderImageStore({ directory: folder })
    const key = newJobId()
    await store.put(key, Buffer.from('x'), JPEG)
    await writeFile(join(folder, 'incoming', `${Date.now()}-aa`), 'x')
    await writeFile(join(folder, '.DS_Store'), 'x')
    await writeFile(join(folder, key.slice(-2), 'Thumbs.db'), 'x')
    await mkdir(join(folder, 'zz', 'folder-zz'), { recursive: true })
    const storedBefore = new Date(Date.now() + 60_000)
    expect(await store.list({ storedBefore, limit: 10 })).toEqual({ keys: [key], next: undefined })
  })

  test('nothing is left half way after work of all kinds', async () => {
    const store = createFolderImageStore({ directory })
    const [from, to] = [newJobId(), newJobId()]
    await store.put(from, Buffer.from('x'), JPEG)
    await store.copy(from, to)
    await store.copy(from, to)
    await store.copy(newJobId(), to)
    await store.check()
    expect(await readdir(join(directory, 'incoming'))).toEqual([])
  })

  test('a process killed in the middle of puts leaves whole images only', { timeout: 60_000 }, async () => {
    const killed = join(directory, 'killed')
    for (let round = 0; round < 5; round++) {
      const writer = spawn(process.execPath, [WRITER, killed], { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(writer.stdout, 'data')
      writer.kill('SIGKILL')
      await once(writer, 'exit')
    }
    const shards = (await readdir(killed)).filter((name) => name !== 'incoming')
    const sizes = await Promise.all(
      shards.map(async (shard) => {
        const names = await readdir(join(killed, shard))
        return Promise.all(names.map(async (name) => (await stat(join(killed, shard, name))).size))
      }),
    )
    expect(sizes.flat().length).toBeGreaterThan(0)
    expect(new Set(sizes.flat())).toEqual(new Set([4_000_000]))
  })

  test('what a dead process left is swept away, what a living one writes is not', async () => {
    const incoming = join(directory, 'swept', 'incoming')
    await mkdir(incoming, { recursive: true })
    const anHourMs = 60 * 60 * 1000
    const [old, young] = [`${Date.now() - 2 * anHourMs}-a`, `${Date.now() - anHourMs / 2}-b`]
    await writeFile(join(incoming, old), 'x')
    await writeFile(join(incoming, young), 'x')
    await createFolderImageStore({ directory: join(directory, 'swept') }).check()
    expect(await readdir(incoming)).toEqual([young])
  })

  test('a folder that cannot be made is told with its name', async () => {
    const file = join(directory, 'a-file')
    await writeFile(file, '')
    const store = createFolderImageStore({ directory: file })
    const refusal = { code: 'store_unavailable', message: expect.stringContaining(file) }
    await expect(store.put(newJobId(), Buffer.from('x'), JPEG)).rejects.toMatchObject(refusal)
    await expect(store.check()).rejects.toMatchObject(refusal)
  })

  // Root may write anywhere.
  test.skipIf(process.getuid?.() === 0)('a folder without the right to write says what to do', async () => {
    const locked = join(directory, 'locked')
    await mkdir(locked, { mode: 0o500 })
    const store = createFolderImageStore({ directory: locked })
    await expect(store.put(newJobId(), Buffer.from('x'), JPEG)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('DATA_DIR'),
    })
    await chmod(locked, 0o700)
  })
})

function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'lupa-test-images-'))
}
