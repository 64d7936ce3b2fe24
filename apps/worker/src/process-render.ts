import { LupaError } from '@lupa/core/domain/errors'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { JobStore } from '@lupa/core/jobs/job-store'
import { RENDER_TYPE } from '@lupa/core/renders/render-order'
import type { RenderHandler } from '@lupa/core/renders/render-queue'
import type { Renderer } from './renderer/renderer.ts'

/** Workers that died of one picture, or with it, before it is given up. */
const MAX_LOSSES = 2

export interface ProcessRenderDeps {
  imageStore: ImageStore
  jobStore: Pick<JobStore, 'get'>
  renderer: Renderer
}

/** One picture, from the queue to the image store. Safe to repeat: the job and its prediction never change. */
export function createProcessRender({ imageStore, jobStore, renderer }: ProcessRenderDeps): RenderHandler {
  return async function processRender({ jobId, name, picture, params }, losses, signal) {
    if (losses > MAX_LOSSES) {
      const detail = `Workers began this picture ${losses} times and died each time. Look into their logs.`
      throw new LupaError('render_failed', detail)
    }
    const record = await jobStore.get(jobId)
    // Erased since it was asked for.
    if (!record?.stored_prediction) return
    if (await imageStore.getRender(jobId, name)) return
    const image = imageStore.fileOf(jobId)
    const source = image === undefined ? await imageStore.get(jobId) : { file: image }
    if (!source) throw new LupaError('image_not_found', 'The image of this job is not stored any more.')

    const { id, image_name, created_at, image: info, model, stored_prediction: stored } = record
    const job = { id, image_name, created_at, image: info, model }
    const render = await renderer.render(
      { type: 'render', image: source, job, stored, params, picture },
      signal,
    )
    await imageStore.putRender(jobId, name, render, { contentType: RENDER_TYPE[picture.format] })
    // Erased while it was made: then nobody else deletes it.
    if (!(await jobStore.get(jobId))) await imageStore.delete(jobId)
  }
}
