import type { ImageFetcher } from './fetcher/image-fetcher.ts'
import type { IncomingImage } from './incoming-image.ts'

/** Each is fetched when it is read. */
export async function* imagesAtUrls(
  urls: string[],
  fetcher: ImageFetcher,
  signal: AbortSignal,
): AsyncGenerator<IncomingImage> {
  for (const url of urls) yield { name: nameOf(url), read: () => fetcher.fetch(url, signal) }
}

/** Without what may be secret: credentials, and the signatures that queries hold. */
function nameOf(text: string): string {
  const url = URL.parse(text)
  return (url ? `${url.origin}${url.pathname}` : (text.split('?', 1)[0] ?? '')).slice(0, 255)
}
