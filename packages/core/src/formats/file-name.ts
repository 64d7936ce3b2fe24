import type { PredictedJob } from './predicted-job.ts'

export function extensionOf({ format }: Pick<PredictedJob['image'], 'format'>): string {
  return format === 'jpeg' ? 'jpg' : format
}

/** The client's own name of the image, or one made of the job's id. */
export function fileNameOf({ id, image_name: name, image }: PredictedJob): string {
  return name ?? `${id}.${extensionOf(image)}`
}

/** The same without the folders that it may have had in an archive. */
export function baseNameOf(job: PredictedJob): string {
  return fileNameOf(job).split(/[\\/]/).at(-1) || job.id
}

/** Without its extension too: what is made of an image is called after it. */
export function stemOf(job: PredictedJob): string {
  return baseNameOf(job).replace(/(?<=.)\.[^.]*$/, '')
}
