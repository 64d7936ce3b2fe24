import {
  type BlobClient,
  type BlobGenerateSasUrlOptions,
  type BlobServiceClient,
  SASProtocol,
  StorageSharedKeyCredential,
  type UserDelegationKey,
} from '@azure/storage-blob'

/**
 * Signs what may be done with one blob, for whoever has the URL. Undefined: we came with a SAS of another's, and
 * can sign nothing.
 */
export type SignBlobUrl = (
  blob: BlobClient,
  options: BlobGenerateSasUrlOptions & { expiresOn: Date },
) => Promise<string | undefined>

/** With a key of the account, or with one that Azure lends an identity, for days at most. */
export function createSignBlobUrl({
  service,
  hasIdentity,
}: {
  service: BlobServiceClient
  hasIdentity: boolean
}): SignBlobUrl {
  const lentKey = createLentKey(service)
  const protocol = service.url.startsWith('https:') ? SASProtocol.Https : SASProtocol.HttpsAndHttp

  return async function signBlobUrl(blob, options) {
    if (hasIdentity) {
      return blob.generateUserDelegationSasUrl({ ...options, protocol }, await lentKey(options.expiresOn))
    }
    if (!(service.credential instanceof StorageSharedKeyCredential)) return undefined
    return blob.generateSasUrl({ ...options, protocol })
  }
}

/** Seven days are the most. Shorter: what was signed with it is good for no longer than the key is. */
const KEY_MS = 6 * 60 * 60 * 1000
/** So long before its end a key is not used any more: clocks differ. */
const MARGIN_MS = 15 * 60 * 1000

/** One key for all that is signed, until shortly before its end. */
function createLentKey(service: BlobServiceClient): (untilAtLeast: Date) => Promise<UserDelegationKey> {
  let lent: { expiresAtMs: number; key: Promise<UserDelegationKey> } | undefined

  return async function lentKey(untilAtLeast) {
    const neededMs = untilAtLeast.getTime() + MARGIN_MS
    if (!lent || lent.expiresAtMs < neededMs) {
      const expiresAtMs = Math.max(Date.now() + KEY_MS, neededMs)
      const startsOn = new Date(Date.now() - MARGIN_MS)
      lent = { expiresAtMs, key: service.getUserDelegationKey(startsOn, new Date(expiresAtMs)) }
    }
    const asked = lent
    return asked.key.catch((error: unknown) => {
      if (lent === asked) lent = undefined
      throw error
    })
  }
}
