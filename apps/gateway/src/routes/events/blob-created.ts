import { LupaError } from '@lupa/core/domain/errors'
import type { Inbox } from '@lupa/core/inbox/inbox'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import type { GatewayConfig } from '../../config.ts'
import { show } from '../../parameters.ts'
import { problems } from '../../plugins/openapi.ts'
import { createTakeDropped, type TakeDroppedDeps } from '../../take-dropped.ts'

/** Event Grid sends no more than a megabyte at a time. */
const MAX_BODY_BYTES = 1024 * 1024
const MAX_EVENTS = 100
/** Azure Data Lake and SFTP tell of a file when it is begun, still empty, and again when it is written. */
const ONLY_BEGUN = new Set(['CreateFile', 'SftpCreate'])

/** Of Event Grid (`eventType`) or CloudEvents 1.0 (`type`); what else they hold is not looked at. */
const BlobEvent = z
  .looseObject({
    eventType: z.string().optional(),
    type: z.string().optional(),
    data: z
      .looseObject({
        url: z.string().optional().describe('Where the blob is.'),
        blobUrl: z.string().optional().describe('The same, where `url` is that of Azure Data Lake.'),
        api: z.string().optional(),
        validationCode: z.string().optional(),
      })
      .nullish(),
  })
  .meta({
    id: 'BlobEvent',
    examples: [
      {
        eventType: 'Microsoft.Storage.BlobCreated',
        data: { url: 'https://account.blob.core.windows.net/inbox/bottle.jpg' },
      },
    ],
  })
type BlobEvent = z.output<typeof BlobEvent>

const Handshake = z.object({ validationResponse: z.string() }).meta({ id: 'EventGridHandshake' })
const EventsTaken = z
  .object({
    jobs: z.array(z.string()).describe('The jobs made, or made before of the same blobs.'),
    refused: z.int().describe('Pictures that cannot be a job; what is wrong is written beside them.'),
    ignored: z.int().describe('Events of something else, or of blobs that are not there any more.'),
  })
  .meta({ id: 'EventsTaken' })

export interface BlobCreatedDeps extends Omit<TakeDroppedDeps, 'inbox' | 'config'> {
  inbox: Inbox | null
  config: Pick<GatewayConfig, 'limits' | 'clientLimits'>
}

const ADDRESS = '/v1/events/blob-created'

/** In a scope of its own: it takes the media types of CloudEvents. */
export function blobCreated(scope: App, deps: BlobCreatedDeps): void {
  scope.addContentTypeParser(
    /^application\/cloudevents(-batch)?\+json/,
    { parseAs: 'string' },
    scope.getDefaultJsonParser('error', 'error'),
  )
  const taking = deps.inbox && { inbox: deps.inbox, take: createTakeDropped({ ...deps, inbox: deps.inbox }) }

  scope.post(
    ADDRESS,
    {
      config: { scope: 'jobs:write' },
      bodyLimit: MAX_BODY_BYTES,
      schema: {
        operationId: 'takeBlobEvents',
        tags: ['jobs'],
        summary: 'Take in what was dropped in the inbox',
        description:
          'For Azure Event Grid: each blob that was created in `INBOX_CONTAINER` becomes a job, the same blob once, ' +
          `and its result is written beside it. Takes up to ${MAX_EVENTS} events, or one CloudEvent, and answers the ` +
          'validation handshake.',
        body: z.preprocess((body) => (Array.isArray(body) ? body : [body]), z.array(BlobEvent)),
        response: {
          200: z.union([Handshake, EventsTaken]),
          ...problems(400, 401, 403, 409, 413, 415, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const events = request.body
      const handshake = events.find(
        (event) => typeOf(event) === 'Microsoft.EventGrid.SubscriptionValidationEvent',
      )
      if (handshake) return { validationResponse: handshake.data?.validationCode ?? '' }
      if (events.length > MAX_EVENTS) throw tooManyEvents(events.length)
      const urls = events.filter(tellsOfBlob).map(urlOf)
      const taken = { jobs: [] as string[], refused: 0, ignored: events.length - urls.length }
      if (urls.length === 0) return taken
      if (!taking) throw inboxOff()
      for (const name of namesIn(taking.inbox, urls)) {
        const blob = name === undefined ? undefined : await taking.take(name, request, reply)
        if (blob?.became === 'job') taken.jobs.push(blob.id)
        else if (blob?.became === 'refused') taken.refused += 1
        else taken.ignored += 1
      }
      return taken
    },
  )

  // https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#4-abuse-protection
  scope.options(
    ADDRESS,
    { config: { scope: 'none' }, schema: { hide: true } },
    async ({ headers }, reply) => {
      const origin = headers['webhook-request-origin']
      if (typeof origin === 'string') {
        reply
          .header('webhook-allowed-origin', origin)
          .header('webhook-allowed-rate', deps.config.clientLimits.imagesPerMinute || '*')
      }
      return reply.header('allow', 'POST, OPTIONS').code(200).send()
    },
  )
}

const typeOf = ({ eventType, type }: BlobEvent) => eventType ?? type

function tellsOfBlob(event: BlobEvent): boolean {
  return typeOf(event) === 'Microsoft.Storage.BlobCreated' && !ONLY_BEGUN.has(event.data?.api ?? '')
}

function urlOf({ data }: BlobEvent): string {
  const url = data?.blobUrl ?? data?.url
  if (url !== undefined) return url
  throw new LupaError('body_malformed', 'An event tells of a blob and not where it is: data.url is missing.')
}

/** The names of blobs in the inbox; undefined for those elsewhere. All are looked at before any is taken. */
function namesIn(inbox: Inbox, urls: string[]): (string | undefined)[] {
  return urls.map((url) => {
    const place = inbox.locate(url)
    if (place.in === 'other_account') throw blobRefused(url)
    return place.in === 'inbox' ? place.name : undefined
  })
}

/** Without the query, which may be a SAS. */
function blobRefused(url: string): LupaError {
  return new LupaError(
    'blob_refused',
    `The blob ${show(url.split('?')[0])} is not in the storage account of this service. Subscribe to the events of the account that AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_ACCOUNT_URL names.`,
  )
}

function inboxOff(): LupaError {
  return new LupaError(
    'inbox_off',
    'Blobs become jobs only where there is an inbox: keep images in Blob Storage, and set INBOX_CONTAINER to the container that pictures are dropped in.',
  )
}

function tooManyEvents(events: number): LupaError {
  return new LupaError(
    'body_too_large',
    `These are ${events} events; ${MAX_EVENTS} are the most at a time. Set max-events-per-batch of the event subscription to ${MAX_EVENTS} or less.`,
  )
}
