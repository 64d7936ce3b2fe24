import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DrainRate } from '../../src/jobs/drain-rate.ts'

/** What every drain rate promises. */
export function describeDrainRate(
  name: string,
  open: () => Promise<{ openDrainRate(): Promise<DrainRate> } & AsyncDisposable>,
): void {
  describe(`${name} keeps its promises`, () => {
    let session: Awaited<ReturnType<typeof open>>
    beforeEach(async () => {
      session = await open()
    })
    afterEach(() => session[Symbol.asyncDispose]())

    test('nothing is known before a job has ended', async () => {
      const drainRate = await session.openDrainRate()
      expect(await drainRate.perSecond()).toBeNull()
    })

    test('jobs that took long tell that the workers are slow', async () => {
      const [one, other] = [await session.openDrainRate(), await session.openDrainRate()]
      await untilSecondBegins()
      await one.count(19_000)
      await other.count(19_000)
      expect(await one.perSecond()).toBeCloseTo(2 / 20, 1)
      expect(await other.perSecond()).toBe(await one.perSecond())
    })

    test('a job that took longer than the window counts as one in the whole window', async () => {
      const drainRate = await session.openDrainRate()
      await drainRate.count(3_600_000)
      const rate = await drainRate.perSecond()
      expect(rate === null || (rate > 1 / 32 && rate < 1 / 28)).toBe(true)
    })

    test('idle time does not count: quick jobs, now and then, tell that the workers are quick', async () => {
      const drainRate = await session.openDrainRate()
      await untilSecondBegins()
      for (let job = 0; job < 20; job++) await drainRate.count(5)
      await delay(2000)
      await untilSecondBegins()
      for (let job = 0; job < 20; job++) await drainRate.count(5)
      expect(await drainRate.perSecond()).toBe(20)
    })
  })
}

async function untilSecondBegins(): Promise<void> {
  await delay(1050 - (Date.now() % 1000))
}
