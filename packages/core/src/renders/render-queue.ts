import type { LupaError } from '../domain/errors.ts'
import type { RenderOrder } from './render-order.ts'

/** Where the gateway leaves orders for pictures. What is made lies in the image store. */
export interface RenderQueue {
  /**
   * Safe to repeat: an order is on the queue once, and one that failed a moment ago is not tried again.
   * Rejects with `share_full`, `queue_full` or `queue_unavailable`.
   */
  request(order: RenderOrder): Promise<void>
  /** Undefined when nothing is known of it: it was made, or never asked for. Rejects with `queue_unavailable`. */
  state(order: RenderOrder): Promise<'pending' | LupaError | undefined>
  close(): Promise<void>
}

/** Where a worker takes such orders from. */
export interface RenderConsumer {
  start(handle: RenderHandler): void
  /** Takes no more, and resolves when what is in hand has ended. */
  stop(): Promise<void>
}

/**
 * Makes a picture and keeps it. Rejecting with what is retryable gives it back for one more try; with
 * `service_stopping`, for another worker. `losses` counts the workers that died of it, or with it.
 */
export type RenderHandler = (order: RenderOrder, losses: number, signal: AbortSignal) => Promise<void>
