import { z } from 'zod'

/** What a client may be allowed to do. `admin` is all of it, and what concerns all clients. */
export const Scope = z.enum([
  'jobs:read',
  'jobs:write',
  'webhooks:write',
  'models:write',
  'metrics:read',
  'admin',
])
export type Scope = z.output<typeof Scope>

export const EVERY_SCOPE: ReadonlySet<Scope> = new Set(Scope.options)

/** The scopes that those given amount to. */
export function grantedBy(scopes: Iterable<Scope>): ReadonlySet<Scope> {
  const granted = new Set(scopes)
  return granted.has('admin') ? EVERY_SCOPE : granted
}
