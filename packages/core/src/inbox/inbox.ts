/** A drop folder: a picture put there becomes a job, and what became of it is written beside it. */
export interface Inbox {
  /** Where the blob of an event is. */
  locate(url: string): BlobPlace
  /** Reads no more than `maxBytes`, whatever was said of its length. Resolves to undefined when nothing is there. */
  read(name: string, options: { maxBytes: number }): Promise<DroppedImage | undefined>
  /** Writes what became of the blob beside it, as `<name>.lupa.json`. The same again replaces it. */
  writeResult(name: string, result: object): Promise<void>
  /** Remembers, until it is settled, that the result of a job is still to be written. */
  owe(jobId: string): Promise<void>
  /** The jobs whose results are owed, a page at a time; a page may be short while `next` says that there is another. */
  listOwed(query: { after?: string | undefined }): Promise<{ jobIds: string[]; next: string | undefined }>
  /** Succeeds whether or not it was owed. */
  settle(jobId: string): Promise<void>
}

export type BlobPlace =
  | { in: 'inbox'; name: string }
  /** In another container of the same account, or what the inbox itself has written. */
  | { in: 'elsewhere' }
  | { in: 'other_account' }

export interface DroppedImage {
  /** Null: it has more bytes than were to be read. */
  image: Uint8Array | null
  /** Another one each time the blob is replaced or changed. */
  eTag: string
  /** Names are in lower case. */
  metadata: Record<string, string>
}
