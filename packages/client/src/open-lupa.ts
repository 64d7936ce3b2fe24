import type { ClientConfig } from './config.ts'
import { Lupa } from './library/node-lupa.ts'
import type { RetryPolicy } from './library/retry-policy.ts'

/** Where `npm start` puts the gateway. */
const DEFAULT_URL = 'http://localhost:5000'
/** A person waits: what does not answer is told soon. */
const ATTEMPTS = 2

/** The gateway that a command talks to: of `--url`, else of LUPA_URL, else the one on this machine. */
export function openLupa(
  { url }: { url?: string | undefined },
  { gateway }: Pick<ClientConfig, 'gateway'>,
  retries: Partial<RetryPolicy> = {},
): Lupa {
  return new Lupa({
    url: url ?? gateway.url ?? DEFAULT_URL,
    ...gateway.credentials,
    retries: { attempts: ATTEMPTS, ...retries },
  })
}
