import { randomUUID } from 'node:crypto'
import * as fs from 'node:fs'
import { unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { LupaError } from '@lupa/core/domain/errors'
import { type Entry, fromFdPromise, getFileNameLowLevel, type ZipFile } from 'yauzl'
import { type IncomingImage, imageTooLarge, tooManyBytes, tooManyImages } from './incoming-image.ts'
import { withoutUnseen } from './without-unseen.ts'

export interface ArchiveLimits {
  /** Of the archive, and of all its images unpacked. */
  maxBytes: number
  maxImages: number
  maxImageBytes: number
}

/** A ZIP whose images can be read one by one, in the order of its directory. */
export interface Archive extends AsyncDisposable {
  images: AsyncIterable<IncomingImage>
}

/** Folders and files that are passed over, for each image that there may be. */
const ENTRIES_PER_IMAGE = 4

/**
 * What an archive holds is in the directory at its end, so it lies on disk while it is read: in a file
 * without a name, which is gone when its process is. Sizes are those that the directory tells; an entry
 * that unpacks to more ends with an error there and then.
 */
export async function openArchive(packed: Readable, limits: ArchiveLimits): Promise<Archive> {
  const zip = await readZip(packed, limits.maxBytes)
  try {
    const entries = await listImages(zip, limits)
    return {
      images: imagesOf(zip, entries, limits),
      async [Symbol.asyncDispose]() {
        zip.close()
      },
    }
  } catch (error) {
    zip.close()
    throw error
  }
}

/** Plain descriptors, as the library takes over and closes the one it is given. */
const [open, write, close] = [promisify(fs.open), promisify(fs.write), promisify(fs.close)]

async function readZip(packed: Readable, maxBytes: number): Promise<ZipFile> {
  const file = await openNamelessFile()
  try {
    await spool(packed, file, maxBytes)
    return await fromFdPromise(file, { lazyEntries: true, decodeStrings: false }).catch((cause) => {
      throw unreadable(cause)
    })
  } catch (error) {
    await close(file)
    throw error
  }
}

async function openNamelessFile(): Promise<number> {
  const path = join(tmpdir(), `lupa-batch-${randomUUID()}.zip`)
  try {
    const file = await open(path, 'wx+', 0o600)
    await unlink(path)
    return file
  } catch (cause) {
    throw noRoom(cause)
  }
}

async function spool(packed: Readable, file: number, maxBytes: number): Promise<void> {
  let bytes = 0
  for await (const chunk of packed.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooManyBytes(maxBytes)
    await writeAll(file, chunk)
  }
}

async function writeAll(file: number, chunk: Buffer): Promise<void> {
  try {
    let written = 0
    while (written < chunk.length) written += (await write(file, chunk, written)).bytesWritten
  } catch (cause) {
    throw noRoom(cause)
  }
}

function noRoom(cause: unknown): LupaError {
  return new LupaError(
    'store_unavailable',
    `An archive cannot be kept in ${tmpdir()} while it is read; TMPDIR may name another folder.`,
    { cause },
  )
}

/** Everything is counted before anything is unpacked. */
async function listImages(zip: ZipFile, { maxImages, maxBytes }: ArchiveLimits): Promise<Entry[]> {
  if (zip.entryCount > maxImages * ENTRIES_PER_IMAGE + 1000) throw tooManyImages(maxImages)
  const found: Entry[] = []
  let bytes = 0
  try {
    for await (const entry of zip.eachEntry()) {
      if (isPassedOver(nameOf(entry))) continue
      found.push(entry)
      bytes += entry.uncompressedSize
      if (found.length > maxImages) throw tooManyImages(maxImages)
      if (bytes > maxBytes) throw tooManyBytes(maxBytes)
    }
  } catch (error) {
    throw error instanceof LupaError ? error : unreadable(error)
  }
  return found
}

/** Folders, and what Finder and others add without being asked. */
function isPassedOver(name: string): boolean {
  return name.endsWith('/') || partsOf(name).some((part) => part.startsWith('.') || part === '__MACOSX')
}

const MAX_NAME_LENGTH = 255

/** A label only; no path is ever made of it. */
function labelOf(name: string): string | null {
  return (
    Array.from(withoutUnseen(partsOf(name).join('/')))
      .slice(-MAX_NAME_LENGTH)
      .join('') || null
  )
}

function partsOf(name: string): string[] {
  return name.split(/[/\\]/).filter((part) => !['', '.', '..'].includes(part))
}

function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  return getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false)
}

async function* imagesOf(
  zip: ZipFile,
  entries: Entry[],
  { maxImageBytes }: ArchiveLimits,
): AsyncGenerator<IncomingImage> {
  const underway = new Set<Promise<unknown>>()
  try {
    for (const entry of entries) {
      const imageName = labelOf(nameOf(entry))
      yield {
        name: imageName,
        async read() {
          const reading = unpack(zip, entry, maxImageBytes)
          underway.add(reading)
          return { image: await reading.finally(() => underway.delete(reading)), imageName }
        },
      }
    }
  } finally {
    // The file is closed next.
    await Promise.allSettled(underway)
  }
}

async function unpack(zip: ZipFile, entry: Entry, maxImageBytes: number): Promise<Buffer> {
  if (entry.isEncrypted()) throw notUnpacked('is encrypted. Pack it without a password')
  if (!entry.canDecodeFileData())
    throw notUnpacked(
      `is packed by method ${entry.compressionMethod}, and only 8 (deflate) and 0 (stored) are known. Pack it by one of these`,
    )
  if (entry.uncompressedSize > maxImageBytes) throw imageTooLarge(maxImageBytes)
  const image = await readAll(zip, entry)
  if (crc32(image) !== entry.crc32) throw notUnpacked('is damaged: its checksum is wrong. Pack it anew')
  return image
}

async function readAll(zip: ZipFile, entry: Entry): Promise<Buffer> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk)
    return Buffer.concat(chunks)
  } catch (cause) {
    throw notUnpacked(`is damaged (${(cause as Error).message}). Pack it anew`, cause)
  }
}

function notUnpacked(why: string, cause?: unknown): LupaError {
  return new LupaError('image_unreadable', `The entry of the archive ${why}.`, { cause })
}

function unreadable(cause: unknown): LupaError {
  return new LupaError(
    'body_malformed',
    `The archive cannot be read as ZIP (${(cause as Error).message}). Pack it anew, and send it unchanged.`,
    { cause },
  )
}
