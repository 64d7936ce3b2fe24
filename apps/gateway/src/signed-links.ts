import { LupaError } from '@lupa/core/domain/errors'
import { z } from 'zod'
import { createSealed } from './sealed.ts'

/** Addresses of ours that need no credentials for a while: whoever has one may do that one thing. */
export interface SignedLinks {
  sign(allowed: Allowed, options: { origin: string; expiresAt: Date }): Promise<string>
  /** Who allowed it. Rejects with `link_refused` when nobody did, or not any more. */
  open(sealed: string, asked: { method: string; path: string }): Promise<string>
}

const Allowed = z.object({
  method: z.enum(['GET', 'PUT']),
  path: z.string(),
  /** Whose it is. */
  client: z.string(),
})
type Allowed = z.output<typeof Allowed>

/** The parameter of the query that holds the seal. */
export const LINK = 'link'

export function createSignedLinks({ secret }: { secret: string }): SignedLinks {
  const sealed = createSealed({ secret, purpose: 'signed link', claims: Allowed })

  return {
    async sign(allowed, { origin, expiresAt }) {
      return `${origin}${allowed.path}?${LINK}=${await sealed.seal(allowed, expiresAt)}`
    },

    async open(text, { method, path }) {
      const allowed = await sealed.open(text)
      const wanted = method === 'HEAD' ? 'GET' : method
      if (allowed?.method === wanted && allowed.path === path) return allowed.client
      throw new LupaError(
        'link_refused',
        'This link is over, was changed, or is for something else. Ask for a new one, with your key.',
      )
    },
  }
}
