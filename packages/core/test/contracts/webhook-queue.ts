import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import type { WebhookConsumer, WebhookNotice, WebhookQueue } from '../../src/webhooks/webhook-queue.ts'

/** An empty queue, and consumers of it that are stopped at the end. */
export interface WebhookQueueSession extends AsyncDisposable {
  queue: WebhookQueue
  openConsumer(options?: { concurrency?: number }): WebhookConsumer
}

interface Try extends WebhookNotice {
  tryNumber: number
}

/** What every queue of webhooks and its consumers promise. */
export function describeWebhookQueue(name: string, open: () => Promise<WebhookQueueSession>): void {
  describe(`${name} keeps its promises`, () => {
    let session: WebhookQueueSession
    let queue: WebhookQueue
    beforeEach(async () => {
      session = await open()
      queue = session.queue
    })
    afterEach(() => session[Symbol.asyncDispose]())

    test('an event is tried once when there is nothing to repeat', async () => {
      const [one, other] = [aNotice(), aNotice()]
      const tries: Try[] = []
      session.openConsumer({ concurrency: 1 }).start(async (notice, tryNumber) => {
        tries.push({ ...notice, tryNumber })
        return undefined
      })
      await queue.enqueue(one)
      await queue.enqueue(other)
      await vi.waitFor(() => expect(tries).toHaveLength(2), 5000)
      expect(tries).toEqual([
        { ...one, tryNumber: 1 },
        { ...other, tryNumber: 1 },
      ])
    })

    test('the same delivery enqueued again while it waits is tried once', async () => {
      const notice = aNotice()
      await queue.enqueue(notice)
      await queue.enqueue(notice)
      const tries: WebhookNotice[] = []
      session.openConsumer({ concurrency: 1 }).start(async (tried) => {
        tries.push(tried)
        return undefined
      })
      const last = aNotice()
      await queue.enqueue(last)
      await vi.waitFor(() => expect(tries).toContainEqual(last), 5000)
      expect(tries).toEqual([notice, last])
    })

    test('a try comes again when it was told to, numbered, until there is none', async () => {
      const notice = aNotice()
      const tries: { tryNumber: number; at: number }[] = []
      session.openConsumer().start(async (_notice, tryNumber) => {
        tries.push({ tryNumber, at: Date.now() })
        return tryNumber < 3 ? { retryInMs: tryNumber * 200 } : undefined
      })
      await queue.enqueue(notice)
      await vi.waitFor(() => expect(tries).toHaveLength(3), 5000)

      expect(tries.map(({ tryNumber }) => tryNumber)).toEqual([1, 2, 3])
      const [first, second, third] = tries.map(({ at }) => at) as [number, number, number]
      expect(second - first).toBeGreaterThanOrEqual(195)
      expect(second - first).toBeLessThan(1500)
      expect(third - second).toBeGreaterThanOrEqual(395)
    })

    test('more tries follow than any schedule has, as long as it is told so', async () => {
      let tries = 0
      session.openConsumer().start(async (_notice, tryNumber) => {
        tries = tryNumber
        return tryNumber < 25 ? { retryInMs: 0 } : undefined
      })
      await queue.enqueue(aNotice())
      await vi.waitFor(() => expect(tries).toBe(25), 10_000)
    })

    test('a try that could not be made comes again under its number', async () => {
      const numbers: number[] = []
      session.openConsumer().start(async (_notice, tryNumber) => {
        numbers.push(tryNumber)
        if (numbers.length === 1) return { retryInMs: 0 }
        if (numbers.length <= 3) throw new Error('the store is away')
        return undefined
      })
      await queue.enqueue(aNotice())
      await vi.waitFor(() => expect(numbers).toEqual([1, 2, 2, 2]), 5000)
    })

    test('a try that is put off comes again under its number', async () => {
      const numbers: number[] = []
      session.openConsumer().start(async (_notice, tryNumber) => {
        numbers.push(tryNumber)
        if (numbers.length === 1) return { retryInMs: 0 }
        return numbers.length <= 4 ? { putOffByMs: 20 } : undefined
      })
      await queue.enqueue(aNotice())
      await vi.waitFor(() => expect(numbers).toEqual([1, 2, 2, 2, 2]), 5000)
    })

    test('tries that were made before count', async () => {
      const numbers: number[] = []
      session.openConsumer().start(async (_notice, tryNumber) => {
        numbers.push(tryNumber)
        return numbers.length === 1 ? { retryInMs: 0 } : undefined
      })
      await queue.enqueue({ ...aNotice(), triesMade: 3 })
      await vi.waitFor(() => expect(numbers).toEqual([4, 5]), 5000)
    })

    test('holds what waits or is tried, and not what ended or was never there', async () => {
      const [later, atOnce] = [aNotice(), aNotice()]
      await queue.enqueue(later)
      expect(await queue.holds(later.deliveryId)).toBe(true)
      expect(await queue.holds(atOnce.deliveryId)).toBe(false)
      session
        .openConsumer()
        .start(async ({ deliveryId }) =>
          deliveryId === later.deliveryId ? { retryInMs: 60_000 } : undefined,
        )
      await queue.enqueue(atOnce)
      await vi.waitFor(async () => expect(await queue.holds(atOnce.deliveryId)).toBe(false), 5000)
      expect(await queue.holds(later.deliveryId)).toBe(true)
    })

    test('a delivery that waits for a later try is tried now when that is asked', async () => {
      const [notice, fresh] = [aNotice(), aNotice()]
      const tries: Try[] = []
      session.openConsumer().start(async (tried, tryNumber) => {
        tries.push({ ...tried, tryNumber })
        return tries.length < 3 ? { retryInMs: tries.length === 1 ? 0 : 60_000 } : undefined
      })
      await queue.enqueue(notice)
      await vi.waitFor(() => expect(tries).toHaveLength(2), 5000)
      await vi.waitFor(async () => {
        await queue.enqueueNow(notice)
        expect(tries).toHaveLength(3)
      }, 5000)
      expect(tries.map(({ tryNumber }) => tryNumber)).toEqual([1, 2, 1])

      await queue.enqueueNow(fresh)
      await vi.waitFor(() => expect(tries.at(-1)).toEqual({ ...fresh, tryNumber: 1 }), 5000)
    })

    test('one receiver that hangs does not hold up the others', async () => {
      const [hanging, other] = [aNotice(), aNotice()]
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      const tried: string[] = []
      session.openConsumer({ concurrency: 2 }).start(async ({ deliveryId }) => {
        if (deliveryId === hanging.deliveryId) await released
        tried.push(deliveryId)
        return undefined
      })
      await queue.enqueue(hanging)
      await queue.enqueue(other)
      await vi.waitFor(() => expect(tried).toEqual([other.deliveryId]), 5000)
      release()
    })

    test('an event whose delivery ended can be enqueued again', async () => {
      const notice = aNotice()
      const tries: number[] = []
      session.openConsumer().start(async (_notice, tryNumber) => {
        tries.push(tryNumber)
        return undefined
      })
      await queue.enqueue(notice)
      await vi.waitFor(() => expect(tries).toHaveLength(1), 5000)
      await vi.waitFor(async () => {
        await queue.enqueue(notice)
        expect(tries).toEqual([1, 1])
      }, 5000)
    })

    test('a stopping consumer finishes the try in hand and makes no other', async () => {
      const [notice, later] = [aNotice(), aNotice()]
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      const begun: string[] = []
      const ended: string[] = []
      const consumer = session.openConsumer({ concurrency: 1 })
      consumer.start(async ({ deliveryId }) => {
        begun.push(deliveryId)
        await released
        ended.push(deliveryId)
        return undefined
      })
      await queue.enqueue(notice)
      await vi.waitFor(() => expect(begun).toEqual([notice.deliveryId]), 5000)
      await queue.enqueue(later)

      const stopped = Promise.all([consumer.stop(), consumer.stop()])
      release()
      await stopped
      expect(ended).toEqual([notice.deliveryId])
    })
  })
}

function aNotice(): WebhookNotice {
  return { deliveryId: `${newJobId()}-job-succeeded`, triesMade: 0 }
}
