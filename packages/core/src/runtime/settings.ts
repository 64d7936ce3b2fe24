import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'
import { MAX_IMAGE_PIXELS } from '../domain/image-limits.ts'
import {
  TELEMETRY_SETTINGS,
  type TelemetryConfig,
  toTelemetryConfig,
} from '../telemetry/telemetry-settings.ts'
import { commaList, flag, integer, SettingsError } from './env.ts'

/** The variables that gateway and worker share. Each app's `config.ts` adds its own. */
export const SharedSettings = z.object({
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address the gateway listens on. Anything but loopback needs credentials.'),
  DATA_DIR: z.string().default('./.lupa').describe('Images, SQLite and embedded Redis live here.'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' })
    .optional()
    .describe('A Redis of your own; without it `npm start` runs one and passes its address on.'),
  REDIS_AUTH: z
    .enum(['url', 'entra-id'])
    .default('url')
    .describe(
      'Who we are to Redis: `url`, by user and password of `REDIS_URL`; `entra-id`, by tokens of the managed identity, renewed as they end.',
    ),
  IMAGE_STORE: z
    .enum(['folder', 'azure-blob'])
    .optional()
    .describe('Where images are kept; `azure-blob` when its settings are present, else `folder`.'),
  JOB_STORE: z
    .enum(['sqlite', 'cosmos'])
    .optional()
    .describe('Where jobs are recorded; `cosmos` when its settings are present, else `sqlite`.'),
  SQLITE_SYNCHRONOUS: z
    .enum(['NORMAL', 'FULL'])
    .default('NORMAL')
    .describe('`NORMAL` survives kill -9; `FULL` also survives a power cut, at a price per write.'),
  AZURE_STORAGE_CONNECTION_STRING: z
    .string()
    .optional()
    .describe('Blob Storage by connection string (or use the account URL with a managed identity).'),
  AZURE_STORAGE_ACCOUNT_URL: z
    .url()
    .optional()
    .describe('Blob Storage by managed identity: https://<account>.blob.core.windows.net'),
  BLOB_CONTAINER: z.string().default('images').describe('The Blob container for images.'),
  INBOX_CONTAINER: z
    .string()
    .optional()
    .describe(
      'A Blob container in the same account whose new blobs become jobs, by Event Grid; off if not given.',
    ),
  COSMOS_ENDPOINT: z.url().optional().describe('Cosmos DB account: https://<account>.documents.azure.com'),
  COSMOS_KEY: z.string().optional().describe('Cosmos DB key; without it the managed identity is used.'),
  COSMOS_DATABASE: z.string().default('lupa').describe('The Cosmos DB database.'),
  COSMOS_WARN_REQUEST_UNITS: integer(0, 1_000_000)
    .default(100)
    .describe('A request to Cosmos DB that costs more request units is logged as a warning; `0` is never.'),
  MODELS_DIR: z.string().default('./models').describe('Model packages: `<name>/<version>/model.onnx`.'),
  DEFAULT_MODEL: z
    .string()
    .default('bottle-status')
    .describe('The model that runs when a request names none.'),
  MAX_IMAGE_PIXELS: integer(1, 1_000_000_000)
    .default(MAX_IMAGE_PIXELS)
    .describe('Images of more pixels are refused.'),
  RESULT_CACHE_SECONDS: integer(0, 2_592_000)
    .default(86_400)
    .describe('How long a prediction answers the same picture again; `0` is off.'),
  CACHE_SCOPE: z
    .enum(['client', 'global'])
    .default('client')
    .describe('Whether clients share cached predictions (`global`) or each has its own.'),
  OUTBOUND_ALLOW: commaList().describe(
    'Hosts or CIDR ranges, by comma, that webhooks, `image_url` and `OIDC_ISSUER` may lead to beside public https ones.',
  ),
  DRAIN_SECONDS: integer(1, 600)
    .default(25)
    .describe('How long a stopping process finishes what it has in hand.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('How much is logged.'),
  LOG_PRETTY: flag().default(false).describe('Log lines for people instead of JSON.'),
  ...TELEMETRY_SETTINGS,
})
export type SharedSettings = z.output<typeof SharedSettings>

export interface SharedConfig {
  host: string
  redisUrl: string
  redisAuth: SharedSettings['REDIS_AUTH']
  imageStore:
    | { provider: 'folder'; directory: string }
    | {
        provider: 'azure-blob'
        connectionString?: string | undefined
        accountUrl?: string | undefined
        container: string
      }
  /** Null: off. */
  inbox: {
    connectionString?: string | undefined
    accountUrl?: string | undefined
    container: string
  } | null
  jobStore:
    | { provider: 'sqlite'; file: string; synchronous: 'NORMAL' | 'FULL' }
    | {
        provider: 'cosmos'
        endpoint: string
        key?: string | undefined
        database: string
        /** Null: never. */
        warnAboveUnits: number | null
      }
  models: { directory: string; defaultModel: string }
  cache: { ttlSeconds: number; scope: 'client' | 'global' }
  outbound: { allow: string[]; allowLoopback: boolean }
  drainMs: number
  log: { level: SharedSettings['LOG_LEVEL']; pretty: boolean }
  telemetry: TelemetryConfig
}

/** Where images and jobs are kept. Throws when a choice lacks what it needs. */
export function toStoreConfig(settings: SharedSettings): Pick<SharedConfig, 'imageStore' | 'jobStore'> {
  const dataDirectory = resolve(settings.DATA_DIR)
  return {
    imageStore: toImageStore(settings, dataDirectory),
    jobStore: toJobStore(settings, dataDirectory),
  }
}

/** The shared variables by concern. Throws when a choice lacks what it needs. */
export function toSharedConfig(settings: SharedSettings): SharedConfig {
  const stores = toStoreConfig(settings)
  return {
    host: settings.HOST,
    ...toRedis(settings),
    ...stores,
    inbox: toInbox(settings, stores),
    models: { directory: resolve(settings.MODELS_DIR), defaultModel: settings.DEFAULT_MODEL },
    cache: { ttlSeconds: settings.RESULT_CACHE_SECONDS, scope: settings.CACHE_SCOPE },
    outbound: { allow: settings.OUTBOUND_ALLOW, allowLoopback: isLoopback(settings.HOST) },
    drainMs: settings.DRAIN_SECONDS * 1000,
    log: { level: settings.LOG_LEVEL, pretty: settings.LOG_PRETTY },
    telemetry: toTelemetryConfig(settings),
  }
}

function toRedis({ REDIS_URL, REDIS_AUTH: redisAuth }: SharedSettings) {
  const redisUrl =
    REDIS_URL ?? missing('REDIS_URL is not set. Start Lupa with `npm start`, which runs a Redis, or set it.')
  if (redisAuth === 'entra-id') {
    const { protocol, hostname, password } = new URL(redisUrl)
    if (password) {
      missing(
        'REDIS_AUTH=entra-id brings its own password, a token: leave the one in REDIS_URL out, or set REDIS_AUTH=url.',
      )
    }
    if (protocol !== 'rediss:' && !isLoopback(hostname)) {
      missing(
        `REDIS_AUTH=entra-id sends tokens to ${hostname}, which others must not read: begin REDIS_URL with rediss://.`,
      )
    }
  }
  return { redisUrl, redisAuth }
}

function toImageStore(settings: SharedSettings, dataDirectory: string): SharedConfig['imageStore'] {
  const connectionString = settings.AZURE_STORAGE_CONNECTION_STRING
  const accountUrl = settings.AZURE_STORAGE_ACCOUNT_URL
  const provider = settings.IMAGE_STORE ?? (connectionString || accountUrl ? 'azure-blob' : 'folder')
  if (provider === 'folder') return { provider, directory: resolve(dataDirectory, 'images') }
  if (!connectionString && !accountUrl) {
    missing('IMAGE_STORE=azure-blob needs AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_ACCOUNT_URL.')
  }
  return { provider, connectionString, accountUrl, container: settings.BLOB_CONTAINER }
}

function toInbox(
  { INBOX_CONTAINER: container }: SharedSettings,
  { imageStore }: Pick<SharedConfig, 'imageStore'>,
): SharedConfig['inbox'] {
  if (!container) return null
  if (imageStore.provider === 'folder') {
    missing(
      `INBOX_CONTAINER=${container} needs images in Blob Storage: set AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_ACCOUNT_URL, or leave it out.`,
    )
  }
  if (container === imageStore.container) {
    missing(
      `INBOX_CONTAINER=${container} is where Lupa keeps its own images (BLOB_CONTAINER): give the inbox a container of its own.`,
    )
  }
  const { connectionString, accountUrl } = imageStore
  return { connectionString, accountUrl, container }
}

function toJobStore(settings: SharedSettings, dataDirectory: string): SharedConfig['jobStore'] {
  const provider = settings.JOB_STORE ?? (settings.COSMOS_ENDPOINT ? 'cosmos' : 'sqlite')
  if (provider === 'sqlite') {
    return { provider, file: resolve(dataDirectory, 'jobs.sqlite'), synchronous: settings.SQLITE_SYNCHRONOUS }
  }
  const endpoint = settings.COSMOS_ENDPOINT ?? missing('JOB_STORE=cosmos needs COSMOS_ENDPOINT.')
  const { COSMOS_KEY: key, COSMOS_DATABASE: database, COSMOS_WARN_REQUEST_UNITS: units } = settings
  return { provider, endpoint, key, database, warnAboveUnits: units === 0 ? null : units }
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true
  return isIP(host) === 4 && host.startsWith('127.')
}

/** Cores this process may use. */
export function coreCount(): number {
  return availableParallelism()
}

function missing(message: string): never {
  throw new SettingsError(message)
}
