import { type ErrorCode, LupaError, toLupaError } from '@lupa/core/domain/errors'
import { tellsOutOfMemory } from './out-of-memory.ts'

/** An error as it crosses the boundary of processes. */
export interface ErrorMessage {
  code: ErrorCode
  detail: string
  retryable: boolean
  /** Of what was unexpected, for the log. */
  stack: string | null
}

export function toErrorMessage(thrown: unknown): ErrorMessage {
  const { code, message, retryable, cause } = tellsOutOfMemory(thrown)
    ? new LupaError('out_of_memory', OUT_OF_MEMORY, { cause: thrown })
    : toLupaError(thrown)
  const isUnexpected = code === 'internal_error' || code === 'out_of_memory'
  const stack = isUnexpected && cause instanceof Error ? (cause.stack ?? cause.message) : null
  return { code, detail: message, retryable, stack }
}

export const OUT_OF_MEMORY =
  'There was not enough memory to run the model on this image. Send a smaller image, or give the worker more memory.'

export function fromErrorMessage({ code, detail, retryable, stack }: ErrorMessage): LupaError {
  return new LupaError(code, detail, { retryable, ...(stack ? { cause: new Error(stack) } : {}) })
}
