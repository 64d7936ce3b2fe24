import { describe, expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import type { KeyClaim } from '../../src/jobs/key-store.ts'
import type { RecordStore } from '../../src/jobs/record-store.ts'
import { aJobRecord } from '../job-records.ts'
import { openedStore } from './opened-store.ts'

/** What every store of idempotency keys promises. */
export function describeKeyStore(
  name: string,
  openStore: () => Promise<{ store: RecordStore } & AsyncDisposable>,
): void {
  describe(`${name} keeps its promises about idempotency keys`, () => {
    const store = openedStore(openStore)

    const held = (claim: KeyClaim) => ({ ...claim, erased: false })

    test('the first claim holds, and a later one is told of it', async () => {
      const first = aClaim()
      expect(await store.claimKey(first)).toEqual(held(first))
      const later = {
        ...first,
        fingerprint: 'other',
        jobId: newJobId(),
        claimedAt: '2026-11-23T13:00:00.000Z',
      }
      expect(await store.claimKey(later)).toEqual(held(first))
      expect(await store.claimKey(first)).toEqual(held(first))
    })

    test('of twenty claims at once one holds for all', async () => {
      const claim = aClaim()
      const claims = Array.from({ length: 20 }, () => ({ ...claim, jobId: newJobId() }))
      const answers = await Promise.all(claims.map((each) => store.claimKey(each)))
      expect(new Set(answers.map(({ jobId }) => jobId)).size).toBe(1)
      expect(claims.map(held)).toContainEqual(answers[0])
    })

    test("one client's key is not another's, however odd their names are", async () => {
      const odd = ['', ' ', 'a/b#c?d', '../x', '\u0000', 'ção 🍾', '__proto__', 'x'.repeat(255)]
      for (const key of odd) {
        const [one, other] = [aClaim({ key, client: `ana${key}` }), aClaim({ key, client: `rui${key}` })]
        expect(await store.claimKey(one)).toEqual(held(one))
        expect(await store.claimKey(other)).toEqual(held(other))
      }
      const [one, other] = [aClaim({ client: 'a', key: 'b c' }), aClaim({ client: 'a b', key: 'c' })]
      expect(await store.claimKey(one)).toEqual(held(one))
      expect(await store.claimKey(other)).toEqual(held(other))
    })

    test('a claim that has expired is replaced, by one of many at once', async () => {
      const old = aClaim({ expiresAt: '2026-11-23T12:00:30.000Z' })
      await store.claimKey(old)
      const early = { ...old, jobId: newJobId(), claimedAt: '2026-11-23T12:00:29.999Z' }
      expect(await store.claimKey(early)).toEqual(held(old))
      const claims = Array.from({ length: 10 }, () => ({
        ...old,
        jobId: newJobId(),
        claimedAt: old.expiresAt,
        expiresAt: '2026-11-24T12:00:30.000Z',
      }))
      const answers = await Promise.all(claims.map((each) => store.claimKey(each)))
      expect(new Set(answers.map(({ jobId }) => jobId)).size).toBe(1)
      expect(claims.map(held)).toContainEqual(answers[0])
    })

    test('a released key is free again; only who holds it releases it', async () => {
      const claim = aClaim()
      await store.claimKey(claim)
      await store.releaseKey(claim.client, claim.key, newJobId())
      const next = { ...claim, jobId: newJobId() }
      expect(await store.claimKey(next)).toEqual(held(claim))
      await store.releaseKey(claim.client, claim.key, claim.jobId)
      await store.releaseKey(claim.client, claim.key, claim.jobId)
      expect(await store.claimKey(next)).toEqual(held(next))
    })

    test('a deleted job leaves its key, so that a repeated request runs nothing again', async () => {
      const job = aJobRecord()
      const claim = aClaim({ jobId: job.id })
      await store.claimKey(claim)
      await store.create(job)
      await store.delete(job.id)
      expect(await store.claimKey({ ...claim, jobId: newJobId() })).toEqual(held(claim))
    })

    test('a claim tells that what it made was erased, until another takes its place', async () => {
      const claim = aClaim({ expiresAt: '2026-11-24T12:00:00.000Z' })
      const other = aClaim()
      await Promise.all([claim, other].map((each) => store.claimKey(each)))
      await store.noteErased(newJobId())
      await store.noteErased(claim.jobId)
      await store.noteErased(claim.jobId)
      expect(await store.claimKey({ ...claim, jobId: newJobId() })).toEqual({ ...claim, erased: true })
      expect(await store.claimKey(other)).toEqual(held(other))
      const later = { ...claim, jobId: newJobId(), claimedAt: claim.expiresAt, expiresAt: other.expiresAt }
      expect(await store.claimKey(later)).toEqual(held(later))
      expect(await store.claimKey(claim)).toEqual(held(later))
    })

    test('claims past their time are swept, the rest stay', async () => {
      const over = aClaim({ claimedAt: '1990-01-01T00:00:00.000Z', expiresAt: '1990-01-02T00:00:00.000Z' })
      const kept = aClaim({ claimedAt: '1990-01-01T00:00:00.000Z', expiresAt: '1990-01-02T00:00:00.001Z' })
      await Promise.all([over, kept].map((claim) => store.claimKey(claim)))
      expect(await store.sweepKeys(new Date(over.expiresAt))).toBe(1)
      expect(await store.sweepKeys(new Date(over.expiresAt))).toBe(0)
      const later = { jobId: newJobId(), claimedAt: '1990-01-01T00:00:01.000Z' }
      expect((await store.claimKey({ ...over, ...later })).jobId).toBe(later.jobId)
      expect(await store.claimKey({ ...kept, ...later })).toEqual(held(kept))
    })
  })
}

function aClaim(overrides: Partial<KeyClaim> = {}): KeyClaim {
  return {
    client: 'ana',
    key: newJobId(),
    fingerprint: 'a'.repeat(64),
    jobId: newJobId(),
    claimedAt: '2026-11-23T12:00:00.000Z',
    expiresAt: '2100-01-01T00:00:00.000Z',
    ...overrides,
  }
}
