import type { ClientConfig } from '../config.ts'
import { createGateway } from '../gateway.ts'
import { toKeyId } from '../key-reference.ts'
import { openLupa } from '../open-lupa.ts'
import type { Terminal } from '../terminal.ts'

export interface RevokeKeyOptions {
  url?: string
  json?: boolean
}

/** `lupa keys revoke`: refused from now on. */
export async function revokeKey(
  key: string,
  { url, json }: RevokeKeyOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<void> {
  const gateway = createGateway(openLupa({ url }, config))
  const revoked = await gateway.revokeKey(toKeyId(key))
  if (json) return terminal.printJson(revoked)
  terminal.print(
    `The key ${revoked.id} of ${revoked.client} is revoked; other gateways refuse it within seconds. Its jobs stay.`,
  )
}
