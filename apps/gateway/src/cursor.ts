import { LupaError } from '@lupa/core/domain/errors'
import { z } from 'zod'

/** Where a page ended. Opaque to clients. */
const Cursor = z.strictObject({ createdAt: z.iso.datetime(), id: z.string().regex(/^[\w-]{1,100}$/) })
export type Cursor = z.output<typeof Cursor>

function toCursor({ created_at, id }: { created_at: string; id: string }): string {
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

/** Of every list that comes in pages. */
export const PageParameters = z.strictObject({
  limit: z
    .preprocess(
      (given) => (/^\d+$/.test(String(given)) ? Number(given) : given),
      z.int().min(1).max(100).default(50),
    )
    .describe('How many per page.'),
  cursor: z.string().min(1).max(512).optional().describe('`next_cursor` of the page before.'),
})

/** A page, of one more than it holds: that tells whether there is a next one. */
export function toPage<T extends { created_at: string; id: string }>(
  found: T[],
  limit: number,
): { page: T[]; nextCursor: string | null } {
  const page = found.slice(0, limit)
  const last = found.length > limit ? page.at(-1) : undefined
  return { page, nextCursor: last ? toCursor(last) : null }
}
