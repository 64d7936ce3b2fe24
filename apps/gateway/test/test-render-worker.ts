import type { LupaError } from '@lupa/core/domain/errors'
import { producerConnection } from '@lupa/core/jobs/redis-connection'
import { createBullmqRenderConsumer } from '@lupa/core/renders/bullmq-render-consumer'
import { RENDER_TYPE, type RenderOrder } from '@lupa/core/renders/render-order'
import type { GatewayDeps } from '../src/app.ts'

/** Takes orders off the real queue and keeps what stands for their pictures, without making any. */
export interface TestRenderWorker extends AsyncDisposable {
  /** What was made so far. */
  made: RenderOrder[]
  /** Pictures fail so from now on; undefined: they do not. */
  failWith(error: LupaError | undefined): void
}

export function startTestRenderWorker(redisUrl: string, deps: GatewayDeps): TestRenderWorker {
  const { logger, imageStore } = deps
  const redis = producerConnection({ redisUrl, logger })
  const consumer = createBullmqRenderConsumer({ redisUrl, redis, name: 'test-renders', logger })
  const made: RenderOrder[] = []
  let failure: LupaError | undefined
  consumer.start(async (order) => {
    if (failure) throw failure
    made.push(order)
    const contentType = RENDER_TYPE[order.picture.format]
    await imageStore.putRender(order.jobId, order.name, Buffer.from(`a picture: ${order.name}`), {
      contentType,
    })
  })
  return {
    made,
    failWith: (error) => void (failure = error),
    async [Symbol.asyncDispose]() {
      await consumer.stop()
      redis.disconnect()
    },
  }
}
