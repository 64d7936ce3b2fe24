import type { components, operations } from './openapi.ts'

type Schemas = components['schemas']

/** A job as the gateway shows it. */
export type Job = Schemas['Job']
export type JobStatus = Job['status']
/** One item of a prediction, in the shape of Ultralytics' `Results.summary()`. */
export type PredictionItem = NonNullable<Job['predictions']>[number]
/** RFC 9457, with a stable `code` and the id to find the request by. */
export type Problem = Schemas['Problem']
export type Model = Schemas['Model']
export type Queue = Schemas['Queue']
export type Health = Schemas['Health']
export type Delivery = Schemas['DeliveryLog']
/** A place to put an image at, and what to submit then. */
export type Upload = Schemas['Upload']
export type WebhookTest = Schemas['WebhookTest']

/** What may be asked of a job, spelt as the API and Ultralytics spell it. */
export type JobParameters = NonNullable<operations['submitJob']['parameters']['query']>
/** How a prediction that is there is looked at, without running the model again. */
export type ViewParameters = Pick<
  NonNullable<operations['getJob']['parameters']['query']>,
  'conf' | 'iou' | 'max_det' | 'classes' | 'masks'
>
export type JobFilters = Omit<NonNullable<operations['listJobs']['parameters']['query']>, 'cursor' | 'limit'>
