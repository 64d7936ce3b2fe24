import type { Params } from '@lupa/core/domain/params'
import type { ModelPackage } from '@lupa/core/models/model-package'
import type { BatchChoice } from '../inference/choose-batch.ts'
import type { ExpectedImage } from '../inference/decode-image.ts'
import type { ImageSource } from '../inference/image-source.ts'
import type { PredictOutcome } from '../inference/predict-outcome.ts'
import type { RenderRequest, RenderResult } from '../renderer/render-messages.ts'
import type { ErrorMessage } from './error-message.ts'

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
