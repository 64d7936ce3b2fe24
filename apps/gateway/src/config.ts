import { isIP } from 'node:net'
import { MAX_IMAGE_PIXELS } from '@lupa/core/domain/image-limits'
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
    .describe('User name that clients must send (HTTP Basic). Goes with `API_PASSWORD`.'),
  API_PASSWORD: z.string().optional().describe('Password that clients must send.'),
  MAX_IMAGE_BYTES: integer(1024, 200 * MIB)
    .default(20 * MIB)
    .describe('Larger images are refused; the default is 20 MiB.'),
  MAX_IMAGE_PIXELS: integer(1, 1_000_000_000)
    .default(MAX_IMAGE_PIXELS)
    .describe('Images of more pixels are refused.'),
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
  credentials: Credentials | null
  limits: { imageBytes: number; imagePixels: number; queue: number }
  batch: { maxImages: number; maxBytes: number; timeoutMs: number }
  wait: { defaultMs: number; maxMs: number }
  http: { uploadTimeoutMs: number; trustProxy: string[]; shutdownDelayMs: number }
  userIp: UserIpMode
  retentionSeconds: number
}

export interface Credentials {
  username: string
  password: string
}

export function readGatewayConfig(env: NodeJS.ProcessEnv = process.env): GatewayConfig {
  const settings = readSettings(GatewaySettings, env)
  return {
    ...toSharedConfig(settings),
    port: settings.PORT,
    credentials: toCredentials(settings),
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
    userIp: settings.USER_IP,
    retentionSeconds: settings.RETENTION_SECONDS,
  }
}

function toCredentials({ HOST, API_USERNAME, API_PASSWORD }: z.output<typeof GatewaySettings>) {
  if (API_USERNAME && API_PASSWORD) return { username: API_USERNAME, password: API_PASSWORD }
  if (API_USERNAME || API_PASSWORD) {
    throw new SettingsError('API_USERNAME and API_PASSWORD go together: set both, or neither.')
  }
  if (!isLoopback(HOST)) {
    throw new SettingsError(
      `HOST=${HOST} can be reached from other machines, so credentials are needed: set API_USERNAME and ` +
        'API_PASSWORD. Or leave HOST out to listen on this machine only.',
    )
  }
  return null
}

function toWait(settings: z.output<typeof GatewaySettings>): GatewayConfig['wait'] {
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
