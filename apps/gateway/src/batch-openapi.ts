import { createBatch, toBatch } from '@lupa/core/domain/batch'
import { z } from 'zod'
import { BatchParameters } from './batch-settings.ts'

const ID = '019ab0c8-5c00-7b2d-9c41-5e0f7a3d2b18'

/** A batch for the API's description, made the way real ones are. */
export const EXAMPLE_BATCH = toBatch(
  createBatch({
    id: ID,
    client: 'example',
    total: 298,
    refused: [
      {
        image_name: 'notes.txt',
        code: 'unsupported_image_type',
        detail: 'This is text, not JPEG, PNG, WebP, AVIF, TIFF or GIF.',
      },
    ],
    webhook: { url: 'https://hooks.example.com/lupa' },
    retryOf: null,
    acceptedAt: new Date('2026-11-23T12:00:00.000Z'),
    retentionSeconds: 2_592_000,
  }),
  { queued: 180, running: 4, succeeded: 113, failed: 1, canceled: 0, expired: 0 },
)

const FIELDS = (z.toJSONSchema(BatchParameters, { io: 'input', unrepresentable: 'any' }).properties ??
  {}) as object

const BINARY = { type: 'string', format: 'binary' }

/** What `POST /v1/batches` takes, which its schema cannot say. */
export const BATCH_BODY = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        description:
          'Any number of images in fields `image` or `file`, and of ZIP archives in fields `archive`; parameters ' +
          'as further fields, before or after them.',
        properties: {
          image: { type: 'array', items: BINARY },
          file: { type: 'array', items: BINARY },
          archive: { type: 'array', items: BINARY },
          ...FIELDS,
        },
      },
    },
    'application/zip': {
      schema: {
        ...BINARY,
        description: 'Folders may be nested; `__MACOSX` and names that begin with a dot are passed over.',
      },
    },
    'application/json': {
      schema: {
        type: 'object',
        properties: {
          image_urls: {
            type: 'array',
            items: { type: 'string', format: 'uri', maxLength: 2048 },
            minItems: 1,
            description: 'Where the images are. Each must arrive within 10 seconds.',
          },
          upload_ids: {
            type: 'array',
            items: { type: 'string', maxLength: 2048 },
            minItems: 1,
            description: 'Of images that were put where `POST /v1/uploads` said.',
          },
          ...FIELDS,
        },
        oneOf: [{ required: ['image_urls'] }, { required: ['upload_ids'] }],
      },
      example: {
        image_urls: ['https://pictures.example.com/1.jpg', 'https://pictures.example.com/2.jpg'],
        model: 'bottle-status',
        webhook_url: 'https://hooks.example.com/lupa',
      },
    },
  },
}

/** The results, line by line. */
export const NDJSON_CONTENT = { 'application/x-ndjson': { schema: { $ref: '#/components/schemas/Job' } } }
