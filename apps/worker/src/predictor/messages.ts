import { type ErrorCode, LupaError, toLupaError } from '@lupa/core/domain/errors'
import type { Params } from '@lupa/core/domain/params'
import type { ModelPackage } from '@lupa/core/models/model-package'
import type { BatchChoice } from '../inference/choose-batch.ts'
import type { ExpectedImage } from '../inference/decode-image.ts'
import type { ImageSource } from '../inference/image-source.ts'
import type { PredictOutcome } from '../inference/predict-outcome.ts'
import type { RenderRequest, RenderResult } from '../renderer/render-messages.ts'
import { tellsOutOfMemory } from './out-of-memory.ts'

/** What a child is told at its start, as its one argument. */
export interface ChildOptions {
  /** Of each model. */
  threads: number
  /** Larger images are refused. */
  maxImagePixels: number
}

/** What the parent asks of a child, one thing at a time. */
export type Request =
  | { type: 'load'; model: ModelPackage; batch: BatchChoice }
  | { type: 'self_test'; digest: string }
  | { type: 'predict'; model: ModelPackage; items: PredictItem[] }
  | RenderRequest

/** One image of a request. */
export interface PredictItem {
  image: ImageSource
  params: Params
  expected?: ExpectedImage | undefined
}

/** What a child says: once that it is ready, then one answer to each request. */
export type Message = { type: 'ready' } | Reply

export interface Reply {
  type: 'reply'
  result: LoadResult | SelfTestResult | PredictResult | RenderResult | { error: ErrorMessage }
  /** Digests of the models the child has now. */
  loaded: string[]
  rssBytes: number
  /** Of its processor, since it began. */
  cpuSeconds: number
}

export interface SelfTestResult {
  /** What was wrong, in a sentence; null: nothing. */
  fault: string | null
}

export interface LoadResult extends SelfTestResult {
  /** How many images the model computes at once, when so many wait. */
  batch: number
}

export interface PredictResult {
  /** To each image, in order. */
  answers: Answer[]
}

export type Answer = { outcome: PredictOutcome } | { error: ErrorMessage }

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
