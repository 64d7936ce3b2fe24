import { hash } from 'node:crypto'
import type { JobRecord, JobRequest } from '../domain/job.ts'
import type { ModelPackage } from './model-package.ts'

/** What a job keeps of the model that it was accepted with. */
export function pin(model: ModelPackage): Pick<JobRequest, 'model' | 'modelReading'> {
  const { name, version, task, digest } = model
  return { model: { name, version, task, digest }, modelReading: readingOf(model) }
}

/** Whether it is the model that the job was accepted with: the same file, read in the same way. */
export function isPinned(model: ModelPackage, record: Pick<JobRecord, 'model' | 'model_reading'>): boolean {
  return model.digest === record.model.digest && isReadAlike(model, record)
}

/** Of jobs from before readings were kept it is taken for granted. */
export function isReadAlike(
  model: ModelPackage,
  { model_reading: reading }: Pick<JobRecord, 'model_reading'>,
): boolean {
  return reading === undefined || reading === readingOf(model)
}

/** A package stays the same for as long as its files do, and every job asks. */
const readings = new WeakMap<ModelPackage, string>()

/**
 * Tells apart how the pictures and outputs of one file are read, which its manifest may say: the same file
 * under other names, or with another fit, gives other answers.
 */
function readingOf(model: ModelPackage): string {
  const known = readings.get(model)
  if (known !== undefined) return known
  const { task, names, imgsz, stride, fit, keypoints, endToEnd } = model
  const facts = [task, names, imgsz.width, imgsz.height, stride, fit, keypoints, endToEnd]
  const reading = hash('sha256', JSON.stringify(facts), 'hex').slice(0, 16)
  readings.set(model, reading)
  return reading
}
