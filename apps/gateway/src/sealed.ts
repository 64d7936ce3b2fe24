import { hkdfSync } from 'node:crypto'
import { EncryptJWT, errors, jwtDecrypt } from 'jose'
import type { z } from 'zod'

/** What clients carry for us: nobody else can make, change or read it, and it is over some day. */
export interface Sealed<Claims> {
  seal(claims: Claims, expiresAt: Date): Promise<string>
  /** Undefined when it was not sealed here for this purpose, was changed, or is over. */
  open(text: string): Promise<Claims | undefined>
}

const CIPHER = 'A256GCM'

/** By a key of its own for each purpose: what is sealed for one opens nothing else. */
export function createSealed<S extends z.ZodObject>({
  secret,
  purpose,
  claims: Claims,
}: {
  secret: string
  purpose: string
  claims: S
}): Sealed<z.output<S>> {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', `lupa ${purpose}`, 32))

  return {
    seal(claims, expiresAt) {
      return new EncryptJWT({ ...claims })
        .setProtectedHeader({ alg: 'dir', enc: CIPHER })
        .setExpirationTime(expiresAt)
        .encrypt(key)
    },

    async open(text) {
      try {
        const options = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: [CIPHER] }
        const { payload } = await jwtDecrypt(text, key, { ...options, requiredClaims: ['exp'] })
        return Claims.parse(payload)
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    },
  }
}
