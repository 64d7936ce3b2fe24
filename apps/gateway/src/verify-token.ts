import { LupaError } from '@lupa/core/domain/errors'
import { grantedBy, Scope } from '@lupa/core/domain/scope'
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { type Dispatcher, request } from 'undici'
import type { Caller } from './caller.ts'
import type { OidcSettings } from './config.ts'

/**
 * Checks a token of OpenID Connect, such as Entra ID issues. Rejects with `unauthorized` when it is not good,
 * and with `identity_unavailable` when its issuer cannot be asked for its keys.
 */
export type VerifyToken = (token: string) => Promise<Caller>

/** With a public key, so none of the HS family. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
const CLOCKS_DIFFER_SECONDS = 30
const TIMEOUT_MS = 5000
const MOST_CHARACTERS = 200

export function createVerifyToken({
  oidc,
  dispatcher,
}: {
  oidc: OidcSettings
  /** Where it may connect is for it to say. */
  dispatcher: Dispatcher
}): VerifyToken {
  const { issuer, audience } = oidc
  let finding: Promise<JWTVerifyGetKey> | undefined

  return async function verifyToken(token) {
    const keys = await findKeys()
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCKS_DIFFER_SECONDS,
      requiredClaims: ['exp'],
    }).catch((error) => {
      throw explain(error)
    })
    return toCaller(payload)
  }

  /** Where the keys are is found out once; again after a failure. */
  function findKeys(): Promise<JWTVerifyGetKey> {
    finding ??= openKeys().catch((error) => {
      finding = undefined
      throw unavailable(error)
    })
    return finding
  }

  async function openKeys(): Promise<JWTVerifyGetKey> {
    const url = oidc.jwksUrl ?? (await discover())
    return createRemoteJWKSet(new URL(url), {
      timeoutDuration: TIMEOUT_MS,
      [customFetch]: async (address, { signal }) => {
        const { statusCode, body } = await request(address, { dispatcher, signal })
        return new Response(await body.text(), { status: statusCode })
      },
    })
  }

  /** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
  async function discover(): Promise<string> {
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const { statusCode, body } = await request(address, {
      dispatcher,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`${address} answered ${statusCode}`)
    const found = JSON.parse(text) as { issuer?: unknown; jwks_uri?: unknown }
    if (found.issuer !== issuer) throw new Error(`${address} speaks for ${String(found.issuer)}`)
    if (typeof found.jwks_uri !== 'string') throw new Error(`${address} names no jwks_uri`)
    return found.jwks_uri
  }
}

/**
 * The application that asks for itself; where a user asks through one (which is when there is `scp`), the user.
 * https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
function toCaller(payload: JWTPayload): Caller {
  const { azp, appid, oid, sub, roles, scp, scope } = payload as Record<string, unknown>
  const names = scp === undefined ? [azp, appid, oid, sub] : [oid, sub]
  const name = names.find((each) => typeof each === 'string' && each !== '')
  if (typeof name !== 'string' || name.length > MOST_CHARACTERS) throw refused('it does not say whose it is')
  const words = [roles, scp, scope]
    .flat()
    .flatMap((each) => (typeof each === 'string' ? each.split(' ') : []))
  const scopes = words.flatMap((word) => Scope.safeParse(word).data ?? [])
  return { client: `oidc:${name}`, scopes: grantedBy(scopes), keyId: null, imagesPerMinute: null }
}

function explain(error: unknown): LupaError {
  if (error instanceof errors.JWTExpired) return refused('it has expired', error)
  if (error instanceof errors.JWTClaimValidationFailed) {
    return refused(`its claim ${error.claim} is not what it must be`, error)
  }
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) return unavailable(error)
  // What jose says when the answer of the issuer was not a key set.
  if (error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC') return unavailable(error)
  return refused('its signature cannot be verified', error)
}

function refused(why: string, cause?: unknown): LupaError {
  return new LupaError('unauthorized', `The token is not accepted: ${why}. Get a new one.`, { cause })
}

function unavailable(cause: unknown): LupaError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new LupaError(
    'identity_unavailable',
    `The issuer of tokens cannot be asked for its keys (${reason}). Check OIDC_ISSUER and OIDC_JWKS_URL, and OUTBOUND_ALLOW for one that is not public.`,
    { cause },
  )
}
