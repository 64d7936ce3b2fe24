import { UsageError } from '../command-error.ts'
import type { ClientConfig } from '../config.ts'
import { createGateway } from '../gateway.ts'
import { assertName, parseModelReference } from '../model-reference.ts'
import { openLupa } from '../open-lupa.ts'
import type { Terminal } from '../terminal.ts'

export interface PromoteModelOptions {
  alias: string
  wait: number
  url?: string
  json?: boolean
}

/** `lupa models promote`: the version that the alias names from now on. */
export async function promoteModel(
  wanted: string,
  { alias, wait, url, json }: PromoteModelOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<void> {
  const { name, version } = parseModelReference(wanted)
  if (version === undefined) {
    throw new UsageError(`Which version of ${name}? For example: lupa models promote ${name}@2`)
  }
  assertName('The alias', alias)
  const gateway = createGateway(openLupa({ url }, config))
  const model = await gateway.promote({ name, version, alias, waitSeconds: wait })
  if (json) return terminal.printJson(model)
  terminal.print(`${terminal.bold(`${name}@${alias}`)} is ${name}@${version} from now on.`)
  if (alias === 'stable') {
    terminal.print(`Requests that ask for ${name} without a version get it, too.`)
  }
}
