import { resolve } from 'node:path'
import { readSettings } from '@lupa/core/runtime/env'
import { type SharedConfig, SharedSettings, toStoreConfig } from '@lupa/core/runtime/settings'
import { z } from 'zod'

/** Every variable the `lupa` command reads. */
export const ClientSettings = SharedSettings.extend({
  LUPA_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
    .optional()
    .describe('The gateway that the `lupa` command talks to, for example http://localhost:5000.'),
  LUPA_API_KEY: z
    .string()
    .optional()
    .describe('API key that the `lupa` command sends; without it, user name and password.'),
  LUPA_PYTHON: z
    .string()
    .optional()
    .describe('The Python that `lupa models quantize` makes its environment with; default: `python3`.'),
  API_USERNAME: z
    .string()
    .optional()
    .describe('User name that clients must send (HTTP Basic). Goes with `API_PASSWORD`.'),
  API_PASSWORD: z.string().optional().describe('Password that clients must send.'),
})

export interface ClientConfig {
  gateway: {
    url: string | undefined
    credentials: { apiKey: string } | { username: string; password: string } | null
  }
  modelsDirectory: string
  /** The Python to use; undefined: the one there is. */
  python: string | undefined
  dataDirectory: string
  /** Read when it is asked for: what is wrong with it concerns only those who do. */
  stores: () => Pick<SharedConfig, 'imageStore' | 'jobStore'>
}

export function readClientConfig(env: NodeJS.ProcessEnv = process.env): ClientConfig {
  const settings = readSettings(ClientSettings, env)
  const { LUPA_API_KEY: apiKey, API_USERNAME: username, API_PASSWORD: password } = settings
  const byPassword = username && password ? { username, password } : null
  return {
    gateway: {
      url: settings.LUPA_URL,
      credentials: apiKey ? { apiKey } : byPassword,
    },
    python: settings.LUPA_PYTHON,
    modelsDirectory: resolve(settings.MODELS_DIR),
    dataDirectory: resolve(settings.DATA_DIR),
    stores: () => toStoreConfig(settings),
  }
}
