import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { ClientName } from '@lupa/core/domain/api-key'
import { Scope } from '@lupa/core/domain/scope'
import { commaList, integer, readSettings, SettingsError } from '@lupa/core/runtime/env'
import { isLoopback, type SharedConfig, SharedSettings, toSharedConfig } from '@lupa/core/runtime/settings'
import { z } from 'zod'

const MIB = 1024 * 1024

/** Every variable the gateway reads. */
export const GatewaySettings = SharedSettings.extend({
  PORT: integer(0, 65_535).default(5000).describe('Port the gateway listens on; `0` is any free one.'),
  API_USERNAME: z
    .string()
    .regex(/^[^:]+$/, 'must not hold a colon')
    .optional()
    .describe(
      'User name of the administrator (HTTP Basic), who may do everything. Goes with `API_PASSWORD`.',
    ),
  API_PASSWORD: z.string().optional().describe('Password of the administrator.'),
  API_KEYS: commaList().describe(
    'API keys by comma, for containers: `client:key`, or `client:key:scope+scope`. Others are made by `POST /v1/keys`.',
  ),
  API_KEY_SECRET: z
    .string()
    .min(32, 'must have 32 characters at least: `openssl rand -base64 32` makes one')
    .optional()
    .describe(
      'What API keys are hashed with; made once in `DATA_DIR` if not given. Gateways that share a job store and no folder need the same.',
    ),
  OIDC_ISSUER: z.url().optional().describe('Who issues tokens (OpenID Connect) that are taken as well.'),
  OIDC_AUDIENCE: z.string().optional().describe('Whom such tokens must be for. Goes with `OIDC_ISSUER`.'),
  OIDC_JWKS_URL: z
    .url()
    .optional()
    .describe('Where the keys of the issuer are; if not given, the issuer is asked.'),
  RATE_LIMIT_PER_MINUTE: integer(0, 1_000_000)
    .default(100)
    .describe('Images that a client may submit in any minute; `0` is off. Off where no credentials are set.'),
  RATE_LIMIT_BYTES_PER_DAY: integer(0, Number.MAX_SAFE_INTEGER)
    .default(100 * 1024 * MIB)
    .describe('Bytes of images that a client may send in any day; the default is 100 GiB, `0` is off.'),
  WAITS_PER_CLIENT: integer(0, 100_000)
    .default(500)
    .describe('Requests of a client that may wait for a result at a time, in each gateway; `0` is off.'),
  AUDIT_RETENTION_DAYS: integer(1, 36_500)
    .default(365)
    .describe('How long it is known what administrators did.'),
  MAX_IMAGE_BYTES: integer(1024, 200 * MIB)
    .default(20 * MIB)
    .describe('Larger images are refused; the default is 20 MiB.'),
  QUEUE_LIMIT: integer(1, 100_000)
    .default(10_000)
    .describe('How many jobs may wait or run; one client may have 80 % of that.'),
  BATCH_MAX_IMAGES: integer(1, 10_000).default(1000).describe('A batch may hold as many images.'),
  BATCH_MAX_BYTES: integer(1024, 4096 * MIB)
    .default(200 * MIB)
    .describe('The images of a batch may have as many bytes in all, unpacked; the default is 200 MiB.'),
  BATCH_TIMEOUT_SECONDS: integer(1, 3600)
    .default(220)
    .describe('The images of a batch must have arrived, or been fetched, by then.'),
  UPLOAD_TIMEOUT_SECONDS: integer(1, 600)
    .default(30)
    .describe('A request that has not arrived whole by then is refused.'),
  WAIT_DEFAULT_SECONDS: integer(1, 220)
    .default(30)
    .describe('How long `Prefer: wait` without a number, and `/predict`, wait for a result.'),
  WAIT_MAX_SECONDS: integer(1, 220).default(60).describe('The longest a request may wait for a result.'),
  SIGNED_URLS: z
    .enum(['blob', 'gateway'])
    .default('blob')
    .describe(
      'Where URLs for direct uploads, and signed links to images, lead: to Blob Storage itself, where images are kept there, or to the `gateway`, for clients that cannot reach the storage account.',
    ),
  UPLOAD_URL_SECONDS: integer(60, 3600)
    .default(900)
    .describe('How long a URL that `POST /v1/uploads` gives takes bytes.'),
  SIGNED_LINK_SECONDS: integer(0, 86_400)
    .default(900)
    .describe(
      'How long the links of `GET /v1/jobs/{id}?links=signed`, which need no credentials, are good; `0` is off.',
    ),
  RETENTION_SECONDS: integer(60, 31_536_000)
    .default(2_592_000)
    .describe('How long a job and its image are kept; the default is 30 days.'),
  USER_IP: z
    .enum(['full', 'truncated', 'off'])
    .default('full')
    .describe("How much of a client's address is recorded with its jobs."),
  TRUST_PROXY: commaList()
    .refine((ranges) => ranges.every(isRange), 'must be IP addresses or CIDR ranges, by comma')
    .describe('Proxies, by comma, whose `X-Forwarded-For` is believed.'),
  SHUTDOWN_DELAY_SECONDS: integer(0, 60)
    .default(0)
    .describe('After SIGTERM, how long to answer as not ready, and go on serving, before the door closes.'),
})

export type UserIpMode = 'full' | 'truncated' | 'off'

export interface GatewayConfig extends SharedConfig {
  port: number
  /** Nobody is asked who they are: no credentials of any kind are set. */
  isOpen: boolean
  credentials: Credentials | null
  apiKeys: ConfiguredKey[]
  /** Given, or in a file that is made when it is not there. */
  apiKeySecret: { value: string } | { file: string }
  oidc: OidcSettings | null
  clientLimits: ClientLimits
  auditRetentionSeconds: number
  limits: { imageBytes: number; imagePixels: number; queue: number }
  batch: { maxImages: number; maxBytes: number; timeoutMs: number }
  wait: { defaultMs: number; maxMs: number }
  http: { uploadTimeoutMs: number; trustProxy: string[]; shutdownDelayMs: number }
  signedUrls: { by: 'blob' | 'gateway'; putSeconds: number; getSeconds: number }
  userIp: UserIpMode
  retentionSeconds: number
}

/** What each client may use of the service; 0 is no limit. */
export interface ClientLimits {
  imagesPerMinute: number
  bytesPerDay: number
  waits: number
}

export interface ConfiguredKey {
  client: string
  key: string
  scopes: Scope[]
}

export interface OidcSettings {
  issuer: string
  audience: string
  jwksUrl: string | null
}

export interface Credentials {
  username: string
  password: string
}

export function readGatewayConfig(env: NodeJS.ProcessEnv = process.env): GatewayConfig {
  const settings = readSettings(GatewaySettings, env)
  const shared = toSharedConfig(settings)
  const access = toAccess(settings)
  return {
    ...shared,
    ...access,
    port: settings.PORT,
    apiKeySecret: toApiKeySecret(settings, shared, access),
    clientLimits: toClientLimits(settings, access),
    auditRetentionSeconds: settings.AUDIT_RETENTION_DAYS * 86_400,
    limits: {
      imageBytes: settings.MAX_IMAGE_BYTES,
      imagePixels: settings.MAX_IMAGE_PIXELS,
      queue: settings.QUEUE_LIMIT,
    },
    batch: {
      maxImages: settings.BATCH_MAX_IMAGES,
      maxBytes: settings.BATCH_MAX_BYTES,
      timeoutMs: settings.BATCH_TIMEOUT_SECONDS * 1000,
    },
    wait: toWait(settings),
    http: {
      uploadTimeoutMs: settings.UPLOAD_TIMEOUT_SECONDS * 1000,
      trustProxy: settings.TRUST_PROXY,
      shutdownDelayMs: settings.SHUTDOWN_DELAY_SECONDS * 1000,
    },
    signedUrls: {
      by: settings.SIGNED_URLS,
      putSeconds: settings.UPLOAD_URL_SECONDS,
      getSeconds: settings.SIGNED_LINK_SECONDS,
    },
    userIp: settings.USER_IP,
    retentionSeconds: settings.RETENTION_SECONDS,
  }
}

type Parsed = z.output<typeof GatewaySettings>
type Access = Pick<GatewayConfig, 'isOpen' | 'credentials' | 'apiKeys' | 'oidc'>

/** Who may come in. */
function toAccess(settings: Parsed): Access {
  const credentials = toCredentials(settings)
  const apiKeys = settings.API_KEYS.map(toConfiguredKey)
  refuseTwice(apiKeys)
  const oidc = toOidc(settings)
  const isOpen = !credentials && !oidc && apiKeys.length === 0
  if (isOpen && !isLoopback(settings.HOST)) {
    throw new SettingsError(
      `HOST=${settings.HOST} can be reached from other machines, so credentials are needed: set API_USERNAME and ` +
        'API_PASSWORD. Or leave HOST out to listen on this machine only.',
    )
  }
  return { isOpen, credentials, apiKeys, oidc }
}

function toCredentials({ API_USERNAME, API_PASSWORD }: Parsed): Credentials | null {
  if (API_USERNAME && API_PASSWORD) return { username: API_USERNAME, password: API_PASSWORD }
  if (API_USERNAME || API_PASSWORD) {
    throw new SettingsError('API_USERNAME and API_PASSWORD go together: set both, or neither.')
  }
  return null
}

const DEFAULT_SCOPES: Scope[] = ['jobs:read', 'jobs:write', 'webhooks:write']

function toConfiguredKey(entry: string, index: number): ConfiguredKey {
  const [client, key = '', scopes, ...rest] = entry.split(':')
  // `jobs:read` has a colon of its own.
  const given = scopes === undefined ? DEFAULT_SCOPES : [scopes, ...rest].join(':').split('+')
  const named = ClientName.safeParse(client)
  const granted = Scope.array().nonempty().safeParse(given)
  if (named.success && /^[\w-]{32,200}$/.test(key) && granted.success) {
    return { client: named.data, key, scopes: granted.data }
  }
  throw new SettingsError(
    `API_KEYS is wrong in its entry ${index + 1}: write client:key or client:key:scope+scope. The key has 32 to ` +
      `200 letters, digits, - and _ (\`openssl rand -hex 32\` makes one); scopes are ${Scope.options.join(', ')}.`,
  )
}

/** Whose jobs would be those of a key that two clients have? */
function refuseTwice(keys: ConfiguredKey[]): void {
  for (const [index, { key }] of keys.entries()) {
    const first = keys.findIndex((other) => other.key === key)
    if (first === index) continue
    throw new SettingsError(
      `API_KEYS has the same key in its entries ${first + 1} and ${index + 1}: each key stands once. For another ` +
        'client make another key (`openssl rand -hex 32`); scopes of one key are joined by +.',
    )
  }
}

function toOidc({ OIDC_ISSUER, OIDC_AUDIENCE, OIDC_JWKS_URL }: Parsed): OidcSettings | null {
  if (OIDC_ISSUER && OIDC_AUDIENCE) {
    return { issuer: OIDC_ISSUER, audience: OIDC_AUDIENCE, jwksUrl: OIDC_JWKS_URL ?? null }
  }
  if (OIDC_ISSUER || OIDC_AUDIENCE || OIDC_JWKS_URL) {
    throw new SettingsError('OIDC_ISSUER and OIDC_AUDIENCE go together: set both, or neither.')
  }
  return null
}

function toApiKeySecret(settings: Parsed, { jobStore }: SharedConfig, { isOpen }: Access) {
  if (settings.API_KEY_SECRET) return { value: settings.API_KEY_SECRET }
  // Keys are in the job store: whoever shares it must hash them in the same way.
  if (jobStore.provider === 'cosmos' && !isOpen) {
    throw new SettingsError(
      'JOB_STORE=cosmos is shared by gateways that have no folder in common, so API_KEY_SECRET is needed, the same ' +
        'for all of them: `openssl rand -base64 32` makes one. API keys are of no use any more if it changes.',
    )
  }
  return { file: resolve(settings.DATA_DIR, 'api-key-secret') }
}

function toClientLimits(settings: Parsed, { isOpen }: Access): ClientLimits {
  if (isOpen) return { imagesPerMinute: 0, bytesPerDay: 0, waits: 0 }
  return {
    imagesPerMinute: settings.RATE_LIMIT_PER_MINUTE,
    bytesPerDay: settings.RATE_LIMIT_BYTES_PER_DAY,
    waits: settings.WAITS_PER_CLIENT,
  }
}

function toWait(settings: Parsed): GatewayConfig['wait'] {
  const { WAIT_DEFAULT_SECONDS, WAIT_MAX_SECONDS } = settings
  if (WAIT_DEFAULT_SECONDS > WAIT_MAX_SECONDS) {
    throw new SettingsError(
      `WAIT_DEFAULT_SECONDS=${WAIT_DEFAULT_SECONDS} must not be more than WAIT_MAX_SECONDS=${WAIT_MAX_SECONDS}.`,
    )
  }
  return { defaultMs: WAIT_DEFAULT_SECONDS * 1000, maxMs: WAIT_MAX_SECONDS * 1000 }
}

function isRange(range: string): boolean {
  const [address = '', bits, ...rest] = range.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}
