import { UsageError } from './command-error.ts'

/** Names that can stand in `name@version`, in an address and as a folder. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

export interface ModelReference {
  name: string
  version: string | undefined
}

/** `name` or `name@version`. */
export function parseModelReference(text: string): ModelReference {
  const at = text.indexOf('@')
  const name = at < 0 ? text : text.slice(0, at)
  const version = at < 0 ? undefined : text.slice(at + 1)
  assertName('The model', name)
  if (version !== undefined) assertName('The version', version)
  return { name, version }
}

export function assertName(what: string, text: string): void {
  if (NAME.test(text)) return
  throw new UsageError(
    `${what} ${JSON.stringify(text)} cannot be used: letters, digits, dots, hyphens and underscores, the first a letter or a digit.`,
  )
}
