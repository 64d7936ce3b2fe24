/** Remembers which images made a model's process crash, so that they cannot go on doing it. */
export interface Quarantine {
  /** Counts one more crash; resolves to how many there were lately. */
  countCrash(imageSha256: string, modelDigest: string): Promise<number>
  crashes(imageSha256: string, modelDigest: string): Promise<number>
}

/** An image with this many crashes is not tried again. */
export const CRASHES_TO_QUARANTINE = 2
