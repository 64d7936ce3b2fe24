import type { Job } from '../domain/job.ts'
import type { PredictionItem } from '../domain/prediction.ts'

/** What the formats need of a job that succeeded: a part of the document that its client sees. */
export interface PredictedJob extends Pick<Job, 'id' | 'image_name' | 'created_at'> {
  image: Pick<Job['image'], 'width' | 'height' | 'format'>
  model: Pick<Job['model'], 'name' | 'version' | 'task'>
  predictions: PredictionItem[]
}

export function isPredicted(job: Job): job is Job & PredictedJob {
  return job.predictions !== null
}
