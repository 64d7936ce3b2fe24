import type { Job } from '@lupa/core/domain/job'
import { effect } from '@preact/signals'
import { Problem } from '../api/problem.ts'
import type { Uploads } from './uploads.ts'

export interface FollowDeps {
  uploads: Uploads
  /** Resolves to the job once it has ended, or as it is after a moment. */
  read: (id: string, signal: AbortSignal) => Promise<Job>
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Each holds a connection of the browser's six. */
const FOLLOWERS = 2
const AFTER_FAILURE_MS = 3_000

/** Keeps the jobs of uploads up to date until they have ended, those that were asked about longest ago first. */
export function followUploads({ uploads, read, sleep }: FollowDeps): () => void {
  const leaving = new AbortController()
  const { signal } = leaving
  const askedAt = new Map<string, number>()
  const inHand = new Set<string>()
  let rounds = 0
  let wake = Promise.withResolvers<void>()
  const unsubscribe = effect(() => {
    if (uploads.list.value.some(isOpen)) wake.resolve()
  })

  function next(): string | undefined {
    const open = uploads.list.value.filter(isOpen).flatMap(({ job }) => (job ? [job.id] : []))
    return open
      .filter((id) => !inHand.has(id))
      .toReversed()
      .toSorted((one, other) => (askedAt.get(one) ?? 0) - (askedAt.get(other) ?? 0))[0]
  }

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      const id = next()
      if (id === undefined) {
        await wake.promise
        wake = Promise.withResolvers()
        continue
      }
      inHand.add(id)
      rounds += 1
      askedAt.set(id, rounds)
      try {
        uploads.update(await read(id, signal))
      } catch (error) {
        // Erased meanwhile: there is nothing more to come.
        if (error instanceof Problem && error.status === 404) uploads.forget(id)
        else await sleep(AFTER_FAILURE_MS, signal).catch(() => {})
      } finally {
        inHand.delete(id)
      }
    }
  }

  for (let follower = 0; follower < FOLLOWERS; follower++) void follow()
  return () => {
    unsubscribe()
    leaving.abort()
    wake.resolve()
  }
}

const isOpen = ({ job }: { job: Job | null }) => job !== null && !job.done
