import type { Batch } from '@lupa/core/domain/batch'
import { LupaError } from '@lupa/core/domain/errors'
import { newJobId } from '@lupa/core/domain/ids'
import type { ImageInfo } from '@lupa/core/domain/job'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { Admission } from '@lupa/core/jobs/admission'
import { forEachAtOnce } from './at-once.ts'
import type { Breakers } from './breaker.ts'
import { CONTENT_TYPE } from './image-header.ts'
import { type IncomingImage, tooManyBytes, tooManyImages } from './incoming-image.ts'
import { describeImage } from './validate-submission.ts'

/**
 * The images of a batch that is still coming in: stored under the ids of jobs to be, with a place on the
 * queue reserved for each. All of them become jobs, or none does. What a process that died leaves here
 * are images without a job, which are swept, and places, which lapse.
 */
export interface BatchStage {
  /** In the order they came. */
  images: StagedImage[]
  /** What is wrong with an image refuses that one only. */
  refused: Batch['refused']
  /** Gives back what is stored and reserved. */
  discard(): Promise<void>
}

export interface StagedImage {
  /** Of the job that it will be. */
  id: string
  imageName: string | null
  image: ImageInfo
}

export interface BatchStageDeps {
  imageStore: ImageStore
  admission: Admission
  breakers: Breakers
  limits: { imagePixels: number; maxImages: number; maxBytes: number }
}

/** As many images lie in memory at once. */
const AT_ONCE = 4

/** Rejects, with nothing left behind, when they are too many in all, or when there is no place for them. */
export async function stageImages(
  incoming: AsyncIterable<IncomingImage>,
  client: string,
  deps: BatchStageDeps,
): Promise<BatchStage> {
  const { imageStore, admission, breakers, limits } = deps
  const images: StagedImage[] = []
  const refused: { id: string; refusal: Batch['refused'][number] }[] = []
  const reserved: string[] = []
  let seen = 0
  let bytes = 0

  async function stage({ name, read }: IncomingImage): Promise<void> {
    seen += 1
    if (seen > limits.maxImages) throw tooManyImages(limits.maxImages)
    const id = newJobId()
    const accepted = await judge(read)
    if (accepted instanceof LupaError) {
      refused.push({ id, refusal: toRefusal(name, accepted) })
      return
    }
    const { image, imageName, info } = accepted
    bytes += image.byteLength
    if (bytes > limits.maxBytes) throw tooManyBytes(limits.maxBytes)

    await breakers.redis.watch(() => reservePlace(admission, client, id))
    reserved.push(id)
    const contentType = CONTENT_TYPE[info.format]
    await breakers.imageStore.watch(() => imageStore.put(id, image, { contentType }))
    images.push({ id, imageName, image: info })
  }

  async function judge(read: IncomingImage['read']) {
    try {
      const { image, imageName } = await read()
      return { image, imageName, info: describeImage(image, limits.imagePixels) }
    } catch (error) {
      if (error instanceof LupaError) return error
      throw error
    }
  }

  async function discard(): Promise<void> {
    await forEachAtOnce(reserved, AT_ONCE, async (id) => {
      await imageStore.delete(id).catch(() => {})
      await admission.release(client, id).catch(() => {})
    })
  }

  try {
    await forEachAtOnce(incoming, AT_ONCE, stage)
  } catch (error) {
    await discard()
    throw error
  }
  return {
    images: images.toSorted(byId),
    refused: refused.toSorted(byId).map(({ refusal }) => refusal),
    discard,
  }
}

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)

export function toRefusal(imageName: string | null, { code, message }: LupaError): Batch['refused'][number] {
  return { image_name: imageName, code, detail: message }
}

/** A batch that does not fit is refused as a whole: a part of it would be of no use to whoever sends it again. */
export async function reservePlace(admission: Admission, client: string, id: string): Promise<void> {
  const answer = await admission.reserve(client, id)
  if (answer === 'reserved') return
  throw answer === 'share_full'
    ? new LupaError(
        'share_full',
        'Your waiting jobs leave no room for this batch. Nothing was stored. Send it again when some are done, or send smaller ones.',
      )
    : new LupaError(
        'queue_full',
        'The queue has no room for this batch. Nothing was stored. Send it again later, or send smaller ones.',
      )
}
