import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import multipart, { type MultipartFile } from '@fastify/multipart'
import { LupaError } from '@lupa/core/domain/errors'
import { freeArray } from '@lupa/core/runtime/free-array'
import type { FastifyRequest } from 'fastify'
import type { App } from '../app-type.ts'
import type { ImageFetcher } from '../fetcher/image-fetcher.ts'
import { CONTENT_TYPE } from '../image-header.ts'
import { toImageName } from '../image-name.ts'
import { show } from '../parameters.ts'
import { readPlainForm } from '../plain-form.ts'

/** What a request brought: the image, and whatever else it said. */
export interface Upload {
  image: Uint8Array
  /** What the image is a part of and nobody else needs: its memory is given back once there is a job. */
  memory?: Uint8Array
  /** The client's own file name. */
  imageName: string | null
  /** Parameters from form fields or JSON keys, unchecked. */
  fields: Record<string, unknown>
}

/** The image was put into the store beforehand. */
export interface UploadById {
  uploadId: string
  fields: Record<string, unknown>
}

export const IMAGE_FIELDS = ['image', 'file']
const RAW_TYPES = [...Object.values(CONTENT_TYPE), 'application/octet-stream']

/** Room for the parameters beside an image. */
export const FIELDS_BYTES = 64 * 1024
/** Room for what a form has beside its image: all its fields, and the headers of its parts. */
const FORM_BYTES = 512 * 1024
const MAX_FIELDS = 20
const MAX_FIELD_BYTES = 8192
/**
 * How much of a body that is too large is still taken in and thrown away, so that its sender reads our
 * answer rather than a reset connection. Beyond, the connection is closed on it.
 */
const LINGER_BYTES = 64 * 1024 * 1024

const HOW_TO_SEND =
  'Send the image as multipart field `image` or `file` (curl -F image=@photo.jpg), as the raw body with its ' +
  'image content type, or as JSON {"image_base64": "…"}, {"image_url": "https://…"} or {"upload_id": "…"}.'

/** Lets a scope of the app take images in: as multipart, as the raw body, or in JSON. */
export async function registerUploads(
  scope: App,
  { maxImageBytes }: { maxImageBytes: number },
): Promise<void> {
  const limits = {
    fileSize: maxImageBytes,
    files: 1,
    fields: MAX_FIELDS,
    parts: MAX_FIELDS + 1,
    fieldNameSize: 64,
    fieldSize: MAX_FIELD_BYTES,
    headerPairs: 32,
  }
  await scope.register(multipart, { limits, throwFileSizeLimit: false, isPartAFile })

  scope.removeContentTypeParser(['application/json', 'text/plain'])
  const parseJson = scope.getDefaultJsonParser('error', 'error')
  scope.addContentTypeParser('application/json', (request, payload, done) => {
    const limitBytes = base64Length(maxImageBytes) + FIELDS_BYTES
    readBody(request, payload, limitBytes, maxImageBytes).then(
      (body) => void parseJson(request, body.toString('utf8'), done),
      done,
    )
  })
  scope.addContentTypeParser(RAW_TYPES, (request: FastifyRequest, payload: Readable) =>
    readBody(request, payload, maxImageBytes, maxImageBytes),
  )
}

/** A file without a name is still a file when it says that it is an image. */
export function isPartAFile(
  _field: string | undefined,
  contentType: string | undefined,
  fileName: string | undefined,
) {
  return fileName !== undefined || /^(image\/|application\/octet-stream)/i.test(contentType ?? '')
}

/** The image in the request, and what came with it. Rejects with what is wrong about it. */
export async function readUpload(
  request: FastifyRequest,
  maxImageBytes: number,
  fetcher: ImageFetcher,
): Promise<Upload | UploadById> {
  const brought = request.isMultipart() ? await readMultipart(request, maxImageBytes) : readPlain(request)
  if ('uploadId' in brought) return brought
  const upload =
    'url' in brought ? { ...(await fetcher.fetch(brought.url)), fields: brought.fields } : brought
  assertSize(upload.image, maxImageBytes)
  return upload
}

/** Throws when there is nothing, or too much. */
export function assertSize(image: Uint8Array, maxImageBytes: number): void {
  if (image.byteLength > maxImageBytes) throw imageTooLarge(maxImageBytes)
  if (image.byteLength === 0) throw new LupaError('image_missing', `The image is empty. ${HOW_TO_SEND}`)
}

/** The image is somewhere else. */
interface UploadByUrl {
  url: string
  fields: Record<string, unknown>
}

type Brought = Upload | UploadByUrl | UploadById

function readPlain({ body }: FastifyRequest): Brought {
  if (Buffer.isBuffer(body)) return { image: body, memory: body, imageName: null, fields: {} }
  if (body === undefined || body === null)
    throw new LupaError('image_missing', `The body is empty. ${HOW_TO_SEND}`)
  if (typeof body !== 'object' || Array.isArray(body)) {
    throw new LupaError('body_malformed', 'The JSON body must be an object, {"image_base64": "…"}.')
  }
  const {
    image_base64: encoded,
    image_url: url,
    upload_id: uploadId,
    ...fields
  } = body as Record<string, unknown>
  if ([encoded, url, uploadId].filter((one) => one !== undefined).length > 1)
    throw new LupaError('body_malformed', 'Give one of image_base64, image_url and upload_id.')
  if (url !== undefined) return { url: toText(url, 'image_url'), fields }
  if (uploadId !== undefined) return { uploadId: toText(uploadId, 'upload_id'), fields }
  if (encoded === undefined) {
    throw new LupaError(
      'image_missing',
      'The JSON body has neither `image_base64`, for the image itself, nor `image_url` or `upload_id`, for where it is.',
    )
  }
  const image = decodeBase64(encoded)
  return { image, memory: image, imageName: null, fields }
}

function toText(given: unknown, name: string): string {
  if (typeof given === 'string') return given
  throw new LupaError('body_malformed', `${name} must be text, given once, not ${show(given)}.`)
}

export function decodeBase64(encoded: unknown, name = 'image_base64'): Buffer {
  if (typeof encoded !== 'string') {
    throw new LupaError('body_malformed', `${name} must be text, not ${show(encoded)}.`)
  }
  const base64 = encoded.slice(dataUrlPrefixLength(encoded))
  // Buffer.from passes over whatever is not base64, so that must be looked for first.
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) {
    throw new LupaError(
      'body_malformed',
      `${name} is not base64: it takes A-Z, a-z, 0-9, + and /, with = at the end, and no line breaks (\`base64 -w0 photo.jpg\`).`,
    )
  }
  return Buffer.from(base64, 'base64')
}

/** `data:image/png;base64,` (RFC 2397). */
function dataUrlPrefixLength(text: string): number {
  return /^data:[^,]{0,100};base64,/i.exec(text)?.[0].length ?? 0
}

/**
 * The whole body first: parsing it as it comes costs more than all else that is done for an answer. A form as
 * nearly all clients send it is then read by looking for its boundary; any other by the parser of all forms.
 */
async function readMultipart(request: FastifyRequest, maxImageBytes: number): Promise<Brought> {
  const body = await readBody(request, request.raw, maxImageBytes + FORM_BYTES, maxImageBytes)
  const plain = readPlainForm(body, request.headers['content-type'] ?? '', {
    fileFields: IMAGE_FIELDS,
    maxFileBytes: maxImageBytes,
    maxFields: MAX_FIELDS,
    maxFieldBytes: MAX_FIELD_BYTES,
  })
  if (!plain) return readAnyForm(replay(request, body), maxImageBytes)
  return { image: plain.file, memory: body, imageName: toImageName(plain.fileName), fields: plain.fields }
}

/** The request, with its body to be read once more. */
function replay(request: FastifyRequest, body: Buffer): FastifyRequest {
  const raw = Object.assign(Readable.from([body], { objectMode: false }), { headers: request.raw.headers })
  return Object.create(request, { raw: { value: raw } })
}

/** Fields may stand before or after the image: all are read before anything is judged. */
async function readAnyForm(request: FastifyRequest, maxImageBytes: number): Promise<Brought> {
  const fields: Record<string, unknown> = Object.create(null)
  const files: { image: Buffer; part: MultipartFile }[] = []
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') {
        files.push({ image: await part.toBuffer(), part })
        continue
      }
      if (part.valueTruncated || part.fieldnameTruncated) {
        throw new LupaError('invalid_parameter', `The form field ${show(part.fieldname)} is too long.`)
      }
      addField(fields, part.fieldname, part.value)
    }
  } catch (error) {
    throw fromMultipart(error)
  }
  const [file] = files
  const { image_url: url, upload_id: uploadId, ...parameters } = fields
  if (!file && url !== undefined) return { url: toText(url, 'image_url'), fields: parameters }
  if (!file && uploadId !== undefined) return { uploadId: toText(uploadId, 'upload_id'), fields: parameters }
  if (!file) throw noFile(fields)
  const { image, part } = file
  if (!IMAGE_FIELDS.includes(part.fieldname)) {
    throw new LupaError('image_missing', `The file came in the field ${show(part.fieldname)}. ${HOW_TO_SEND}`)
  }
  if (part.file.truncated) throw imageTooLarge(maxImageBytes)
  return { image, imageName: toImageName(part.filename), fields }
}

/** A field given twice becomes a list. */
export function addField(fields: Record<string, unknown>, name: string, value: unknown): void {
  fields[name] = name in fields ? [fields[name], value].flat() : value
}

function noFile(fields: Record<string, unknown>): LupaError {
  const textual = IMAGE_FIELDS.find((name) => name in fields)
  const why = textual
    ? `The field \`${textual}\` holds text, not a file: with curl, mind the @ in -F ${textual}=@photo.jpg.`
    : 'The form has no file.'
  return new LupaError('image_missing', `${why} ${HOW_TO_SEND}`)
}

const MULTIPART_FAULTS: Record<string, string> = {
  FST_FILES_LIMIT: 'The form has more than one file: send one image per request.',
  FST_PARTS_LIMIT: 'The form has too many parts.',
  FST_FIELDS_LIMIT: 'The form has too many fields.',
  FST_PROTO_VIOLATION: 'The form has a field whose name is not allowed.',
}

export function fromMultipart(error: unknown): LupaError {
  if (error instanceof LupaError) return error
  const { code, message } = error as NodeJS.ErrnoException
  const detail = MULTIPART_FAULTS[code ?? ''] ?? `The multipart body cannot be read (${message}).`
  return new LupaError('body_malformed', detail, { cause: error })
}

/**
 * Reads a body up to its limit, into memory that is the caller's alone. What is too large is let in and
 * dropped, up to a point.
 */
export async function readBody(
  request: FastifyRequest,
  payload: Readable,
  limitBytes: number,
  maxImageBytes: number,
): Promise<Buffer> {
  refuseHopeless(request, limitBytes, maxImageBytes)
  let chunks: Buffer[] = []
  let bytes = 0
  const read = Promise.withResolvers<void>()
  // By events: an iterator takes several promises for each chunk.
  const take = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= limitBytes) chunks.push(chunk)
    else chunks = []
    if (bytes > limitBytes + LINGER_BYTES) read.resolve()
  }
  const close = () => read.reject(new LupaError('body_malformed', 'The body ended before its end.'))
  payload.on('data', take).once('end', read.resolve).once('error', read.reject).once('close', close)
  if (payload.destroyed) close()
  try {
    await read.promise
  } finally {
    payload.pause()
    payload.off('data', take).off('end', read.resolve).off('error', read.reject).off('close', close)
  }
  if (bytes > limitBytes) throw imageTooLarge(maxImageBytes)
  return join(chunks, bytes, request)
}

/** What came over a connection is nobody else's; what a test injects is the test's. */
function join(chunks: readonly Buffer[], bytes: number, { raw }: FastifyRequest): Buffer {
  const isOurs = raw.socket instanceof Socket
  const [first] = chunks
  if (isOurs && first && chunks.length === 1) return first
  const body = Buffer.concat(chunks, bytes)
  if (isOurs) for (const chunk of chunks) freeArray(chunk)
  return body
}

/** What says of itself that it is far too large is not let in at all. */
function refuseHopeless(request: FastifyRequest, limitBytes: number, maxImageBytes: number): void {
  if (Number(request.headers['content-length']) > limitBytes + LINGER_BYTES)
    throw imageTooLarge(maxImageBytes)
}

function imageTooLarge(maxImageBytes: number): LupaError {
  return new LupaError(
    'image_too_large',
    `An image may have ${maxImageBytes} bytes (${(maxImageBytes / 1024 / 1024).toFixed(1)} MiB) at most. Send it smaller, or compressed more.`,
  )
}

export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4
}
