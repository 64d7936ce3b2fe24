// What the package `lupa` gives to Node: as to browsers, and paths and folders.
export * from './errors.ts'
export type { ImageSource } from './image-source.ts'
export type {
  BatchOptions,
  BatchOutcome,
  BatchSource,
  LupaOptions,
  PredictOptions,
  SubmitOptions,
  WaitOptions,
} from './lupa.ts'
export { Lupa } from './node-lupa.ts'
export type { RetryPolicy } from './retry-policy.ts'
export {
  isJobEvent,
  type JobEvent,
  type SignedWebhook,
  verifyWebhook,
  type WebhookEvent,
} from './verify-webhook.ts'
export type * from './wire-types.ts'
