// What the package `lupa` gives to browsers. Imports nothing of Node's.
export * from './errors.ts'
export type { ImageSource } from './image-source.ts'
export {
  type BatchOptions,
  type BatchOutcome,
  type BatchSource,
  Lupa,
  type LupaOptions,
  type PredictOptions,
  type SubmitOptions,
  type WaitOptions,
} from './lupa.ts'
export type { RetryPolicy } from './retry-policy.ts'
export {
  isJobEvent,
  type JobEvent,
  type SignedWebhook,
  verifyWebhook,
  type WebhookEvent,
} from './verify-webhook.ts'
export type * from './wire-types.ts'
