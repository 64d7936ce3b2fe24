import { LupaError } from '@lupa/core/domain/errors'
import type { JobRecord } from '@lupa/core/domain/job'
import { FORMATS, type FormatName, formatsOf } from '@lupa/core/formats/formats'
import Negotiator from 'negotiator'

/**
 * Which format a client wants: the one it names, else what its `Accept` header prefers (RFC 9110, section
 * 12.5.1). Rejects with `not_acceptable` what a prediction of the model's task does not come as.
 */
export function negotiateFormat(
  named: FormatName | undefined,
  accept: string | undefined,
  { model: { task } }: JobRecord,
): FormatName {
  const there = formatsOf(task)
  const wanted = named ?? preferred(accept, there)
  if (wanted !== undefined && there.includes(wanted)) return wanted
  const listed = there.map((name) => `${name} (${FORMATS[name].mediaType})`).join(', ')
  const asked = named ? `as ${named}` : `as any of ${JSON.stringify(accept?.slice(0, 200))}`
  throw new LupaError('not_acceptable', `A ${task} job does not come ${asked}. It comes as ${listed}.`)
}

/** The first of those the client likes best, in the order that they are there. */
function preferred(accept: string | undefined, there: readonly FormatName[]): FormatName | undefined {
  // What nearly all clients send, and what asks for nothing.
  if (accept === undefined || accept === '*/*') return there[0]
  const types = there.map((name) => FORMATS[name].mediaType)
  const [best] = mediaTypesOf(accept, types)
  return there.find((name) => FORMATS[name].mediaType === best)
}

export function mediaTypesOf(accept: string | undefined, types: string[]): string[] {
  // All our text is UTF-8: a charset that some clients add changes nothing.
  const headers = accept === undefined ? {} : { accept: accept.replace(/;\s*charset=[^;,]*/gi, '') }
  return new Negotiator({ headers }).mediaTypes(types)
}
