import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { LupaError } from '@lupa/core/domain/errors'
import type { JobRecord } from '@lupa/core/domain/job'
import type { Params } from '@lupa/core/domain/params'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { Picture, RenderOrder } from '@lupa/core/renders/render-order'
import type { RenderQueue } from '@lupa/core/renders/render-queue'

/**
 * What a worker made of a job, now or before; undefined when it is not there in time. Rejects with why it
 * cannot be made, or with `share_full`, `queue_full` or `queue_unavailable`.
 */
export type MakeRender = (order: RenderOrder, signal: AbortSignal) => Promise<Uint8Array | undefined>

export interface MakeRenderDeps {
  imageStore: ImageStore
  renderQueue: RenderQueue
  /** How long to wait for a worker. */
  waitMs: number
}

const FIRST_LOOK_MS = 30
const LONGEST_PAUSE_MS = 400

export function createMakeRender({ imageStore, renderQueue, waitMs }: MakeRenderDeps): MakeRender {
  return async function makeRender(order, signal) {
    const made = await imageStore.getRender(order.jobId, order.name)
    if (made) return made
    await renderQueue.request(order)
    const giveUpAtMs = performance.now() + waitMs
    for (let pauseMs = FIRST_LOOK_MS; performance.now() < giveUpAtMs; pauseMs *= 1.5) {
      await sleep(Math.min(pauseMs, LONGEST_PAUSE_MS), undefined, { signal }).catch(() => {})
      signal.throwIfAborted()
      const state = await renderQueue.state(order)
      if (state instanceof LupaError) throw state
      const render = state === undefined ? await imageStore.getRender(order.jobId, order.name) : undefined
      if (render) return render
    }
    return undefined
  }
}

/** The same picture of the same view has the same name, so that it is made once. */
export function toRenderOrder(record: JobRecord, picture: Picture, params: Params): RenderOrder {
  const { masks, ...view } = params
  const facts = JSON.stringify([RECIPE, picture, view])
  const hash = createHash('sha256').update(facts).digest('hex').slice(0, 24)
  const name = `${picture.kind}-${hash}.${picture.format}`
  return { jobId: record.id, client: record.client, name, picture, params: view }
}

/** To be raised when pictures come out otherwise than before: those that are kept are not shown any more. */
const RECIPE = 1
