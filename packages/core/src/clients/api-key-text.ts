import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * `lupa_<id>_<secret><checksum>`: the id finds the key, the secret is 32 random bytes, the checksum tells a
 * mistyped key, and one that leaked into a text, without asking anyone.
 */
const API_KEY = /^lupa_([0-9a-z]{10})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/

export const API_KEY_PREFIX = 'lupa_'

/** Any key of ours inside another text. */
export const API_KEYS_IN_TEXT = /lupa_[0-9a-z]{10}_[0-9A-Za-z]+/g

const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A new secret for the key of this id; without one, for a new key. */
export function makeApiKey(id = makeId()): { id: string; key: string } {
  const body = `${API_KEY_PREFIX}${id}_${toBase62(randomBytes(32), 43)}`
  return { id, key: body + checksumOf(body) }
}

/** The id in a key; undefined when this cannot be a key of ours. */
export function idOfApiKey(text: string): string | undefined {
  const [, id, , checksum] = API_KEY.exec(text) ?? []
  return checksum === checksumOf(text.slice(0, -6)) ? id : undefined
}

/** What is stored of a key. Of no use without the server's secret, even to try keys against. */
export function digestOf(key: string, serverSecret: string): string {
  return createHmac('sha256', serverSecret).update(key).digest('hex')
}

/** In constant time. */
export function isSameDigest(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one, 'hex'), Buffer.from(other, 'hex')]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** 32 ** 10 ids: two that meet are made anew. */
function makeId(): string {
  return Array.from(randomBytes(10), (byte) => BASE_32[byte % 32]).join('')
}

/** Without the letters that are taken for one another. */
const BASE_32 = '0123456789abcdefghjkmnpqrstvwxyz'

function checksumOf(text: string): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(text))
  return toBase62(bytes, 6)
}

function toBase62(bytes: Buffer, length: number): string {
  let rest = BigInt(`0x${bytes.toString('hex')}`)
  let text = ''
  while (text.length < length) {
    text = BASE_62[Number(rest % 62n)] + text
    rest /= 62n
  }
  return text
}
