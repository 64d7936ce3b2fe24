import type { ClientConfig } from '../config.ts'
import { formatTable } from '../format-table.ts'
import { createGateway } from '../gateway.ts'
import { openLupa } from '../open-lupa.ts'
import type { Terminal } from '../terminal.ts'

export interface ListKeysOptions {
  url?: string
  json?: boolean
}

const HEADER = ['ID', 'CLIENT', 'NAME', 'SCOPES', 'STATUS', 'LAST USED', 'EXPIRES']

/** `lupa keys list`: all keys, the newest first. */
export async function listKeys(
  { url, json }: ListKeysOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<void> {
  const lupa = openLupa({ url }, config)
  const keys = await createGateway(lupa).listKeys()
  if (json) return terminal.printJson(keys)
  if (keys.length === 0) {
    return terminal.print(`There is no key at ${lupa.url}. Make one: lupa keys create my-client`)
  }
  const rows = keys.map((key) => [
    key.id,
    key.client,
    key.name,
    key.scopes.join(' '),
    key.status === 'active' ? terminal.good(key.status) : terminal.bad(key.status),
    toMinute(key.last_used_at) ?? 'never',
    toMinute(key.expires_at) ?? 'never',
  ])
  for (const [index, line] of formatTable(HEADER, rows).entries()) {
    terminal.print(index === 0 ? terminal.dim(line) : line)
  }
}

const toMinute = (moment: string | null) => moment?.slice(0, 16).replace('T', ' ')
