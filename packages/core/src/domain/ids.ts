import { uuidv7 } from 'uuidv7'
import { z } from 'zod'

/** A job's id: a UUIDv7 (RFC 9562), so ids sort by the time of their making. */
export const JobId = z.uuidv7()

export function newJobId(): string {
  return uuidv7()
}

/** The moment an id was made, in ms since 1970 (RFC 9562, section 5.7: the first 48 bits). */
export function createdAtMs(jobId: string): number {
  return Number.parseInt(jobId.slice(0, 8) + jobId.slice(9, 13), 16)
}
