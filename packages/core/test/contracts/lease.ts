import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Lease } from '../../src/jobs/lease.ts'

/** What every lease promises. */
export function describeLease(
  name: string,
  open: () => Promise<{ openLease(options: { ttlMs: number }): Lease } & AsyncDisposable>,
): void {
  describe(`${name} keeps its promises`, () => {
    let session: Awaited<ReturnType<typeof open>>
    beforeEach(async () => {
      session = await open()
    })
    afterEach(() => session[Symbol.asyncDispose]())

    test('one process holds it, and keeps it by holding again', async () => {
      const [one, other] = [session.openLease({ ttlMs: 10_000 }), session.openLease({ ttlMs: 10_000 })]
      expect(await one.tryHold()).toBe(true)
      expect(await other.tryHold()).toBe(false)
      expect(await one.tryHold()).toBe(true)
      expect(await other.tryHold()).toBe(false)
    })

    test('it ends by itself when it is not kept', async () => {
      const [one, other] = [session.openLease({ ttlMs: 100 }), session.openLease({ ttlMs: 100 })]
      await one.tryHold()
      await delay(150)
      expect(await other.tryHold()).toBe(true)
      expect(await one.tryHold()).toBe(false)
    })

    test('a released lease is free at once; releasing what another holds changes nothing', async () => {
      const [one, other] = [session.openLease({ ttlMs: 10_000 }), session.openLease({ ttlMs: 10_000 })]
      await one.tryHold()
      await other.release()
      expect(await other.tryHold()).toBe(false)
      await one.release()
      expect(await other.tryHold()).toBe(true)
    })
  })
}
