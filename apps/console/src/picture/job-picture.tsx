import type { Job } from '@lupa/core/domain/job'
import { PictureWithShapes, type PictureWithShapesProps } from './picture-with-shapes.tsx'

/** The picture of a job as it is stored, and over it what is to be shown of its prediction. */
export function JobPicture({
  job,
  ...shapes
}: { job: Job } & Omit<PictureWithShapesProps, 'src' | 'width' | 'height' | 'name'>) {
  const { width, height } = job.image
  return (
    <PictureWithShapes
      src={job.links.image}
      width={width}
      height={height}
      name={job.image_name ?? job.id}
      {...shapes}
    />
  )
}
