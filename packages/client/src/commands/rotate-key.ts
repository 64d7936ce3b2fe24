import type { ClientConfig } from '../config.ts'
import { createGateway } from '../gateway.ts'
import { toKeyId } from '../key-reference.ts'
import { openLupa } from '../open-lupa.ts'
import type { Terminal } from '../terminal.ts'

export interface RotateKeyOptions {
  overlap: number
  url?: string
  json?: boolean
}

/** `lupa keys rotate`: the key's new secret, alone on standard output. */
export async function rotateKey(
  key: string,
  { overlap, url, json }: RotateKeyOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<void> {
  const gateway = createGateway(openLupa({ url }, config))
  const made = await gateway.rotateKey(toKeyId(key), overlap)
  if (json) return terminal.printJson(made)
  terminal.print(made.key)
  const before = made.previous_until
    ? `As it was it is good until ${made.previous_until}`
    : 'As it was it is not good any more'
  terminal.note(`The key ${made.id} of ${made.client} anew, shown this once. ${before}.`)
}
