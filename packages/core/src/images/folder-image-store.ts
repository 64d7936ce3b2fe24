import { randomUUID } from 'node:crypto'
import {
  constants,
  existsSync,
  linkSync,
  renameSync,
  writeFile as writeFileCallback,
  writeFileSync,
} from 'node:fs'
import { copyFile, link, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { LupaError } from '../domain/errors.ts'
import { imageKey, imagePath, renderPath, rendersPath } from './image-path.ts'
import type { ImageStore } from './image-store.ts'

/** Files in the making are here, named after their beginning. An old one was left by a process that died. */
const INCOMING = 'incoming'
const STALE_MS = 60 * 60 * 1000
/** What is no longer is written without threads in between, which cost more of the processor than the writing. */
const SMALL_BYTES = 256 * 1024

/**
 * Images as files. A file gets its name when it is whole, by a rename, so a process may be killed at any
 * moment. There is no fsync: a power cut may lose images of the last seconds.
 */
export function createFolderImageStore({ directory }: { directory: string }): ImageStore {
  const incoming = join(directory, INCOMING)
  const newTemporary = () => join(incoming, `${Date.now()}-${randomUUID()}`)
  const pathOf = (key: string) => join(directory, imagePath(key))
  let isSwept = false

  return {
    async put(key, image) {
      const temporary = newTemporary()
      const path = pathOf(key)
      if (image.byteLength > SMALL_BYTES) {
        await translated(replace(temporary, path, () => writeFile(temporary, image, { flag: 'wx' })))
      } else {
        await translated(
          replaceAtOnce(temporary, path, () => writeFileSync(temporary, image, { flag: 'wx' })),
        )
      }
    },

    async get(key) {
      return translated(undefinedIfMissing(readFile(pathOf(key))))
    },

    async getUpTo(key, maxBytes) {
      const path = pathOf(key)
      const file = await translated(undefinedIfMissing(stat(path)))
      if (!file || file.size > maxBytes) return file && null
      return translated(undefinedIfMissing(readFile(path)))
    },

    // The gateway takes and gives them itself.
    urlToPut: async () => undefined,
    urlToGet: async () => undefined,

    fileOf(key) {
      const path = pathOf(key)
      return existsSync(path) ? path : undefined
    },

    async copy(from, to) {
      const source = pathOf(from)
      const target = pathOf(to)
      const copying = inFolder(dirname(target), async () => linkSync(source, target)).catch((error) => {
        if (codeOf(error) === 'ENOENT') throw error
        return copyOver(source, target)
      })
      return (await translated(undefinedIfMissing(copying.then(() => true)))) ?? false
    },

    async putRender(key, name, render) {
      const path = join(directory, renderPath(key, name))
      const temporary = newTemporary()
      await translated(replace(temporary, path, () => writeFile(temporary, render, { flag: 'wx' })))
    },

    async getRender(key, name) {
      return translated(undefinedIfMissing(readFile(join(directory, renderPath(key, name)))))
    },

    async delete(key) {
      await translated(rm(pathOf(key), { force: true }))
      await translated(rm(join(directory, rendersPath(key)), { force: true, recursive: true }))
    },

    async list({ storedBefore, limit, after }) {
      const keys: string[] = []
      await translated(collectOld())
      return { keys, next: keys.length === limit ? keys.at(-1) : undefined }

      async function collectOld(): Promise<void> {
        for await (const { key, path } of entriesAfter(after)) {
          const isFolder = path !== pathOf(key)
          if (key !== keys.at(-1) && (await wasStoredBefore(storedBefore, path, isFolder))) keys.push(key)
          if (keys.length === limit) return
        }
      }
    },

    async check() {
      if (!isSwept) await translated(sweep())
      isSwept = true
      await translated(probe())
    },
  }

  /**
   * All images and folders of what was made of one, by their folders and then by name; those of keys behind
   * `after`, when it is given.
   */
  async function* entriesAfter(after: string | undefined): AsyncGenerator<{ key: string; path: string }> {
    const lastFolder = after === undefined ? '' : dirname(imagePath(after))
    for (const folder of await namesIn(directory)) {
      if (folder === INCOMING || folder < lastFolder) continue
      for (const name of await namesIn(join(directory, folder))) {
        const key = imageKey(`${folder}/${name}`)
        const path = join(directory, folder, name)
        if (key && (folder > lastFolder || !after || key > after)) yield { key, path }
      }
    }
  }

  async function probe(): Promise<void> {
    const file = newTemporary()
    try {
      await inFolder(incoming, () => writeFile(file, 'probe'))
    } finally {
      await rm(file, { force: true }).catch(() => {})
    }
  }

  async function replace(temporary: string, path: string, write: () => Promise<void>): Promise<void> {
    try {
      await inFolder(incoming, write)
      await inFolder(dirname(path), () => rename(temporary, path))
    } catch (error) {
      await discard(temporary)
      throw error
    }
  }

  async function replaceAtOnce(temporary: string, path: string, write: () => void): Promise<void> {
    try {
      await inFolder(incoming, async () => write())
      await inFolder(dirname(path), async () => renameSync(temporary, path))
    } catch (error) {
      await discard(temporary)
      throw error
    }
  }

  /** For where there is something already, or there are no links. */
  async function copyOver(source: string, target: string): Promise<void> {
    const temporary = newTemporary()
    await replace(temporary, target, () => linkOrCopy(source, temporary))
    // Renaming a link onto a link to the same file leaves both, rename(2).
    await discard(temporary)
  }

  async function sweep(): Promise<void> {
    for (const name of (await undefinedIfMissing(readdir(incoming))) ?? []) {
      // Not by the times of the file: a link shares them with an image that may be old.
      const begunAtMs = Number.parseInt(name, 10)
      if (Date.now() - begunAtMs > STALE_MS) await rm(join(incoming, name), { force: true })
    }
  }

  async function translated<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      const code = codeOf(error)
      if (code === undefined) throw error
      throw new LupaError('store_unavailable', explain(code, directory), { cause: error })
    }
  }
}

/** That of `fs/promises` makes an object of each file that is opened, which costs more than the writing. */
const writeFile = promisify(writeFileCallback)

async function discard(temporary: string): Promise<void> {
  await rm(temporary, { force: true }).catch(() => {})
}

/** Makes the folder only when it turns out to be missing: nearly always it is there. */
async function inFolder(folder: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    await mkdir(folder, { recursive: true })
    await work()
  }
}

/** A link is as good as a copy: a put replaces a file and never writes into one. */
async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target)
  } catch (error) {
    // Not every file system has hard links, and those that have limit how many a file gets.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(error) ?? '')) throw error
    await copyFile(source, target, constants.COPYFILE_FICLONE)
  }
}

/** Sorted; none when there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error
    return []
  })
  return names.toSorted((one, other) => (one < other ? -1 : 1))
}

/** By the time of the last change to its links: a copy is a link, and has the rest from its original. */
async function wasStoredBefore(moment: Date, path: string, isFolder: boolean): Promise<boolean> {
  const file = await undefinedIfMissing(stat(path))
  return file !== undefined && file.isDirectory() === isFolder && file.ctimeMs < moment.getTime()
}

async function undefinedIfMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

function explain(code: string, directory: string): string {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `The disk of the image folder ${directory} is full. Free some space there.`
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `This process may not write to the image folder ${directory}. Give it the right to, or set DATA_DIR to a folder it may write to.`
    default:
      return `The image folder ${directory} cannot be used (${code}). Check the disk, or set DATA_DIR to another folder.`
  }
}
