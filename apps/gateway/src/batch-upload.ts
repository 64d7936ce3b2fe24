import type { Readable } from 'node:stream'
import multipart, { type MultipartFile } from '@fastify/multipart'
import type { Batch } from '@lupa/core/domain/batch'
import { LupaError } from '@lupa/core/domain/errors'
import type { FastifyRequest } from 'fastify'
import type { App } from './app-type.ts'
import { openArchive } from './batch-archive.ts'
import { uploadedImages } from './batch-by-upload.ts'
import { imagesAtUrls } from './batch-urls.ts'
import type { GatewayConfig } from './config.ts'
import type { DirectUploads } from './direct-uploads.ts'
import type { ImageFetcher } from './fetcher/image-fetcher.ts'
import { toImageName } from './image-name.ts'
import { type IncomingImage, imageTooLarge, tooManyBytes, tooManyImages } from './incoming-image.ts'
import { show } from './parameters.ts'
import { addField, fromMultipart, IMAGE_FIELDS, isPartAFile } from './plugins/uploads.ts'

/** Many images as they come, and what came with them. */
export interface BatchUpload {
  /** Read once, to the end or not; each image is read before the next is asked for. */
  images: AsyncIterable<IncomingImage>
  /** Parameters, unchecked. */
  fields: Record<string, unknown>
  /** Those of a form may stand behind its images: they are known when all of these were read. */
  fieldsComeLast: boolean
  /** What tells the images from others, when that is known ahead of them. */
  sources: string[] | null
  /** Once jobs have them. */
  drop?: () => Promise<void>
}

export interface BatchUploadDeps {
  fetcher: ImageFetcher
  directUploads: DirectUploads
  limits: GatewayConfig['limits']
  batch: GatewayConfig['batch']
}

const ARCHIVE_FIELD = 'archive'
const ARCHIVE_TYPES = ['application/zip', 'application/x-zip-compressed']
/** Room for parameters and the names of images. */
const BESIDES_BYTES = 2 * 1024 * 1024
/** Of an address, and of an upload's id. */
const MAX_TEXT_LENGTH = 2048

const HOW_TO_SEND =
  'Send the images as multipart fields `image` (curl -F image=@1.jpg -F image=@2.jpg), or one ZIP as the field ' +
  '`archive` or as the raw body with content type application/zip, or JSON {"image_urls": ["https://…"]} or ' +
  '{"upload_ids": ["…"]}.'

/** Lets a scope of the app take many images in. */
export async function registerBatchUploads(scope: App, { batch, limits }: BatchUploadDeps): Promise<void> {
  await scope.register(multipart, {
    limits: {
      fileSize: Math.max(batch.maxBytes, limits.imageBytes) + 1,
      files: batch.maxImages + 1,
      fields: 20,
      parts: batch.maxImages + 22,
      fieldNameSize: 64,
      fieldSize: 8192,
      headerPairs: 32,
    },
    throwFileSizeLimit: false,
    isPartAFile,
  })
  scope.removeContentTypeParser(['application/json', 'text/plain'])
  const bodyLimit = batch.maxImages * (MAX_TEXT_LENGTH + 8) + BESIDES_BYTES
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit },
    scope.getDefaultJsonParser('error', 'error'),
  )
  // Read by whoever handles the request, as it comes.
  scope.addContentTypeParser(ARCHIVE_TYPES, async (_request: FastifyRequest, payload: Readable) => payload)
}

export function openBatchUpload(
  request: FastifyRequest,
  deps: BatchUploadDeps,
  { client, signal }: { client: string; signal: AbortSignal },
): BatchUpload {
  const { batch } = deps
  if (Number(request.headers['content-length']) > batch.maxBytes + BESIDES_BYTES)
    throw tooManyBytes(batch.maxBytes)
  if (request.isMultipart()) return openForm(request, deps)
  const { body } = request
  if (isStream(body))
    return { images: imagesInArchive(body, deps), fields: {}, fieldsComeLast: false, sources: null }
  const { list, sources, fields } = readJson(body)
  if (sources.length > batch.maxImages) throw tooManyImages(batch.maxImages)
  const told = { fields, fieldsComeLast: false, sources }
  if (list === 'image_urls') return { ...told, images: imagesAtUrls(sources, deps.fetcher, signal) }
  return { ...told, ...uploadedImages(sources, client, deps.directUploads) }
}

const MAX_SHOWN = 3

export function noneAccepted(refused: Batch['refused']): LupaError {
  if (refused.length === 0) return new LupaError('image_missing', `There is no image. ${HOW_TO_SEND}`)
  const shown = refused.slice(0, MAX_SHOWN).map(({ image_name: name, detail }) => `${show(name)}: ${detail}`)
  const more = refused.length > MAX_SHOWN ? ` And ${refused.length - MAX_SHOWN} more.` : ''
  return new LupaError(
    'image_missing',
    `None of the ${refused.length} images can be taken. ${shown.join(' ')}${more}`,
  )
}

function isStream(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

type SourceList = 'image_urls' | 'upload_ids'

function readJson(body: unknown): { list: SourceList; sources: string[]; fields: Record<string, unknown> } {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new LupaError('image_missing', `The body holds no images. ${HOW_TO_SEND}`)
  const { image_urls: urls, upload_ids: uploadIds, ...fields } = body as Record<string, unknown>
  if (urls !== undefined && uploadIds !== undefined)
    throw new LupaError('body_malformed', 'Give image_urls or upload_ids, not both.')
  const list: SourceList = uploadIds === undefined ? 'image_urls' : 'upload_ids'
  const sources = urls ?? uploadIds
  if (!Array.isArray(sources) || sources.length === 0) {
    throw new LupaError(
      'image_missing',
      `The JSON body has no list \`image_urls\` or \`upload_ids\`. ${HOW_TO_SEND}`,
    )
  }
  for (const source of sources) {
    if (typeof source !== 'string' || source.length > MAX_TEXT_LENGTH)
      throw new LupaError(
        'invalid_parameter',
        `${list} must be texts of at most ${MAX_TEXT_LENGTH} characters, not ${show(source)}.`,
      )
  }
  return { list, sources, fields }
}

function openForm(request: FastifyRequest, deps: BatchUploadDeps): BatchUpload {
  const fields: Record<string, unknown> = Object.create(null)
  return { images: imagesInForm(request, fields, deps), fields, fieldsComeLast: true, sources: null }
}

async function* imagesInForm(
  request: FastifyRequest,
  fields: Record<string, unknown>,
  deps: BatchUploadDeps,
): AsyncGenerator<IncomingImage> {
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') {
        if (part.fieldname === ARCHIVE_FIELD) yield* imagesInArchive(part.file, deps)
        else yield await imageInPart(part, deps)
        continue
      }
      if (part.valueTruncated || part.fieldnameTruncated)
        throw new LupaError('invalid_parameter', `The form field ${show(part.fieldname)} is too long.`)
      addField(fields, part.fieldname, part.value)
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const isTooMany = code === 'FST_FILES_LIMIT' || code === 'FST_PARTS_LIMIT'
    throw isTooMany ? tooManyImages(deps.batch.maxImages) : fromMultipart(error)
  }
}

async function imageInPart(part: MultipartFile, { limits }: BatchUploadDeps): Promise<IncomingImage> {
  if (!IMAGE_FIELDS.includes(part.fieldname)) {
    throw new LupaError('image_missing', `A file came in the field ${show(part.fieldname)}. ${HOW_TO_SEND}`)
  }
  const imageName = toImageName(part.filename)
  const image = await readUpTo(part.file, limits.imageBytes)
  return {
    name: imageName,
    async read() {
      if (!image) throw imageTooLarge(limits.imageBytes)
      return { image, imageName }
    },
  }
}

async function* imagesInArchive(packed: Readable, { batch, limits }: BatchUploadDeps) {
  await using archive = await openArchive(packed, {
    maxBytes: batch.maxBytes,
    maxImages: batch.maxImages,
    maxImageBytes: limits.imageBytes,
  })
  yield* archive.images
}

/** All of the stream; undefined when it is more, which is let in and dropped. */
async function readUpTo(stream: Readable, limitBytes: number): Promise<Buffer | undefined> {
  let chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes <= limitBytes) chunks.push(chunk)
    else chunks = []
  }
  return bytes <= limitBytes ? Buffer.concat(chunks, bytes) : undefined
}
