/** Keeps the images that clients sent, and what was made of them. A key is the id of the job that owns the image. */
export interface ImageStore {
  /** Stores the bytes under the key. The same key again replaces them. */
  put(key: string, image: Uint8Array, format: { contentType: string }): Promise<void>
  /** Resolves to undefined when nothing is stored under the key. */
  get(key: string): Promise<Uint8Array | undefined>
  /** The file that another process of this machine can read the image from; undefined when there is none. */
  fileOf(key: string): string | undefined
  /** Stores under `to` what is stored under `from`; resolves to false when nothing is. */
  copy(from: string, to: string): Promise<boolean>
  /** Keeps what was made of the image, until that is deleted. The same name again replaces it. */
  putRender(key: string, name: string, render: Uint8Array, format: { contentType: string }): Promise<void>
  /** Resolves to undefined when nothing of this name was made of the image. */
  getRender(key: string, name: string): Promise<Uint8Array | undefined>
  /** Deletes the image and all that was made of it. Succeeds whether or not the key exists. */
  delete(key: string): Promise<void>
  /**
   * Keys of images stored, or copied, or made something of, before `storedBefore`, in no order, a page at a
   * time. A page may be short, even empty, while `next` says that there is another, and a key may come
   * twice where something was made of its image. For the sweep of orphans.
   */
  list(query: {
    storedBefore: Date
    limit: number
    after?: string | undefined
  }): Promise<{ keys: string[]; next: string | undefined }>
  /** Rejects with `store_unavailable` when the store cannot be used. */
  check(): Promise<void>
}
