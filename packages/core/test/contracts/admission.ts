import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import type { Admission } from '../../src/jobs/admission.ts'

/** Admission to an empty queue, as several processes see it. */
export interface AdmissionSession extends AsyncDisposable {
  openAdmission(options: { limit: number; share?: number; placeSeconds?: number }): Promise<Admission>
  putOnQueue(client: string, jobId: string): Promise<void>
}

/** What every admission promises. */
export function describeAdmission(name: string, open: () => Promise<AdmissionSession>): void {
  describe(`${name} keeps its promises`, () => {
    let session: AdmissionSession
    beforeEach(async () => {
      session = await open()
    })
    afterEach(() => session[Symbol.asyncDispose]())

    test('of 2,000 who come at once by four doors, exactly as many get in as there are places', async () => {
      const doors = await Promise.all(Array.from({ length: 4 }, () => session.openAdmission({ limit: 200 })))
      const answers = await Promise.all(
        Array.from({ length: 2000 }, (_, at) =>
          (doors[at % 4] as Admission).reserve(`client ${at % 7}`, newJobId()),
        ),
      )
      expect(answers.filter((answer) => answer === 'reserved')).toHaveLength(200)
      expect(answers.filter((answer) => answer === 'queue_full')).toHaveLength(1800)
      expect(await doors[0]?.taken()).toBe(200)
    })

    test('one client gets its share, and others still get in', async () => {
      const admission = await session.openAdmission({ limit: 10, share: 0.8 })
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => admission.reserve('ana', newJobId())),
      )
      expect(answers.filter((answer) => answer === 'reserved')).toHaveLength(8)
      expect(answers.filter((answer) => answer === 'share_full')).toHaveLength(4)

      expect(await admission.reserve('bruno', newJobId())).toBe('reserved')
      expect(await admission.reserve('bruno', newJobId())).toBe('reserved')
      expect(await admission.reserve('bruno', newJobId())).toBe('queue_full')
      expect(await admission.taken('ana')).toBe(8)
      expect(await admission.taken('bruno')).toBe(2)
      expect(await admission.taken('clara')).toBe(0)
      expect(await admission.taken()).toBe(10)
    })

    test('a queue of one place has it for any client', async () => {
      const admission = await session.openAdmission({ limit: 1 })
      expect(await admission.reserve('ana', newJobId())).toBe('reserved')
      expect(await admission.reserve('bruno', newJobId())).toBe('queue_full')
    })

    test('a place given back is free, once however often it is given back', async () => {
      const admission = await session.openAdmission({ limit: 2, share: 1 })
      const [one, other] = [newJobId(), newJobId()]
      await admission.reserve('ana', one)
      await admission.reserve('ana', other)
      await admission.release('ana', one)
      await admission.release('ana', one)
      expect(await admission.taken()).toBe(1)
      expect(await admission.reserve('ana', newJobId())).toBe('reserved')
      expect(await admission.reserve('ana', newJobId())).toBe('share_full')
    })

    test('a job that has a place keeps it, full or not', async () => {
      const admission = await session.openAdmission({ limit: 1 })
      const id = newJobId()
      await admission.reserve('ana', id)
      expect(await admission.reserve('ana', id)).toBe('reserved')
      expect(await admission.taken()).toBe(1)
    })

    test('a place whose job never came on the queue is free again after a while', async () => {
      const admission = await session.openAdmission({ limit: 1, placeSeconds: 0.1 })
      await admission.reserve('ana', newJobId())
      await delay(150)
      expect(await admission.taken()).toBe(0)
      expect(await admission.taken('ana')).toBe(0)
      expect(await admission.reserve('ana', newJobId())).toBe('reserved')
    })

    test('a job on the queue keeps its place however long it waits', async () => {
      const admission = await session.openAdmission({ limit: 1, placeSeconds: 0.1 })
      const id = newJobId()
      await admission.reserve('ana', id)
      await session.putOnQueue('ana', id)
      await delay(150)
      expect(await admission.reserve('bruno', newJobId())).toBe('queue_full')
      expect(await admission.taken('ana')).toBe(1)
    })

    test('a job put on the queue has a place, reserved or not', async () => {
      const admission = await session.openAdmission({ limit: 1 })
      const id = newJobId()
      await session.putOnQueue('ana', id)
      expect(await admission.taken()).toBe(1)
      expect(await admission.reserve('bruno', newJobId())).toBe('queue_full')
      await admission.release('ana', id)
      expect(await admission.reserve('bruno', newJobId())).toBe('reserved')
    })
  })
}
