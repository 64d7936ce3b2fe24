/**
 * Gets an image from an address that a client gave. Rejects with `image_url_refused` when that address may
 * not be called, with `image_url_failed` when no image came from there, with `image_too_large`, and with
 * `fetcher_unavailable` when nothing can be fetched at present.
 */
export interface ImageFetcher {
  fetch(url: string, signal?: AbortSignal): Promise<FetchedImage>
  close(): Promise<void>
}

export interface FetchedImage {
  image: Buffer
  /** The last part of the address. */
  imageName: string | null
}
