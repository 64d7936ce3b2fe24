import type { Params } from '@lupa/core/domain/params'
import type { StoredPrediction } from '@lupa/core/domain/prediction'
import type { PredictedJob } from '@lupa/core/formats/predicted-job'
import type { Picture } from '@lupa/core/renders/render-order'
import type { ImageSource } from '../inference/image-source.ts'
import type { ErrorMessage } from '../predictor/error-message.ts'

/** What the parent asks of the child that makes pictures. */
export interface RenderRequest {
  type: 'render'
  image: ImageSource
  job: Omit<PredictedJob, 'predictions'>
  stored: StoredPrediction
  params: Params
  picture: Picture
}

export type RenderResult = { render: Uint8Array } | { error: ErrorMessage }
