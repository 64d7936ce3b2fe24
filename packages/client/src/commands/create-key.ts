import type { ClientConfig } from '../config.ts'
import { createGateway } from '../gateway.ts'
import { openLupa } from '../open-lupa.ts'
import type { Terminal } from '../terminal.ts'

export interface CreateKeyOptions {
  name?: string
  scopes?: string[]
  expires?: number
  rateLimit?: number
  url?: string
  json?: boolean
}

/** `lupa keys create`: a new key of a client. The key alone goes to standard output, so that it can be piped. */
export async function createKey(
  client: string,
  { name, scopes, expires, rateLimit, url, json }: CreateKeyOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<void> {
  const gateway = createGateway(openLupa({ url }, config))
  const made = await gateway.createKey({
    client,
    ...(name === undefined ? {} : { name }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(expires === undefined ? {} : { expires_in_days: expires }),
    ...(rateLimit === undefined ? {} : { rate_limit_per_minute: rateLimit }),
  })
  if (json) return terminal.printJson(made)
  terminal.print(made.key)
  terminal.note(
    `The key ${made.id} of ${made.client}: ${made.scopes.join(', ')}. It is shown this once: put it where secrets are kept.`,
  )
}
