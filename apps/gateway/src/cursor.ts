import { LupaError } from '@lupa/core/domain/errors'
import { JobId } from '@lupa/core/domain/ids'
import { z } from 'zod'

/** Where a page of jobs ended. Opaque to clients. */
const Cursor = z.strictObject({ createdAt: z.iso.datetime(), id: JobId })
export type Cursor = z.output<typeof Cursor>

export function toCursor({ created_at, id }: { created_at: string; id: string }): string {
  return Buffer.from(JSON.stringify({ createdAt: created_at, id } satisfies Cursor)).toString('base64url')
}

export function readCursor(given: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(given, 'base64url').toString()))
  } catch (cause) {
    throw new LupaError(
      'invalid_parameter',
      'cursor is not one of ours: give back `next_cursor` of the page before, unchanged.',
      { cause },
    )
  }
}
