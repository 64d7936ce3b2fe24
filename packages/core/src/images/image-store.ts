/** Keeps the images that clients sent, and what was made of them. A key is the id of the job that owns the image. */
export interface ImageStore {
  /** Stores the bytes under the key. The same key again replaces them. */
  put(key: string, image: Uint8Array, format: { contentType: string }): Promise<void>
  /** Resolves to undefined when nothing is stored under the key. */
  get(key: string): Promise<Uint8Array | undefined>
  /** As `get`, of at most so many bytes; null when there are more. For what a client put there by itself. */
  getUpTo(key: string, maxBytes: number): Promise<Uint8Array | null | undefined>
  /** The file that another process of this machine can read the image from; undefined when there is none. */
  fileOf(key: string): string | undefined
  /**
   * Where whoever knows it may put the bytes of the key until then, without asking us: by PUT, with these
   * headers. Undefined when the store has no such address.
   */
  urlToPut(key: string, options: { contentType: string; expiresAt: Date }): Promise<SignedPut | undefined>
  /** Where whoever knows it may get the bytes of the key until then. Undefined when the store has no such address. */
  urlToGet(key: string, options: SignedGet): Promise<string | undefined>
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

export interface SignedPut {
  url: string
  headers: Record<string, string>
}

export interface SignedGet {
  expiresAt: Date
  /** What the answer says that it is, */
  contentType: string
  /** and how to show or save it. */
  contentDisposition: string
}
