import type { Job } from '@lupa/core/domain/job'
import { type ReadonlySignal, signal } from '@preact/signals'
import { Problem } from '../api/problem.ts'
import type { SendPicture } from '../api/send-picture.ts'

/** One picture on its way: waiting ─▶ sending ⇄ pausing ─▶ accepted (a job) | refused | given up. */
export interface Upload {
  key: string
  name: string
  file: Blob
  fields: Record<string, string>
  state: 'waiting' | 'sending' | 'pausing' | 'accepted' | 'refused' | 'removed'
  /** How much of it is sent, 0 to 1. */
  share: number
  /** While pausing: when it is sent again. */
  againAtMs: number | null
  problem: Problem | null
  job: Job | null
}

export interface Uploads {
  /** The newest first. */
  list: ReadonlySignal<readonly Upload[]>
  /** Resolves to those uploads once each is accepted or refused. */
  add(pictures: readonly { file: Blob; name: string }[], fields: Record<string, string>): Promise<Upload[]>
  /** Stops a picture that is not a job yet. */
  remove(key: string): void
  /** What became of its job since. */
  update(job: Job): void
  /** Its job is not there any more. */
  forget(jobId: string): void
  clear(): void
}

export interface UploadsDeps {
  send: SendPicture
  newKey: () => string
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
  now?: () => number
}

/** More would compete with the page's own requests: browsers open six connections to one host. */
const AT_ONCE = 3
/** Where the gateway does not say when. */
const AGAIN_MS = 2_000
/** Of tries that got no answer; those that were told to come again do, as often as it takes. */
const MOST_SILENT_TRIES = 5

export function createUploads({ send, newKey, sleep, now = Date.now }: UploadsDeps): Uploads {
  const list = signal<readonly Upload[]>([])
  const stops = new Map<string, AbortController>()
  const settled = new Map<string, (upload: Upload) => void>()
  let sending = 0

  function change(key: string, patch: Partial<Upload>): void {
    list.value = list.value.map((upload) => (upload.key === key ? { ...upload, ...patch } : upload))
  }

  function settle(key: string, patch: Partial<Upload>): void {
    change(key, { ...patch, againAtMs: null })
    const upload = list.value.find((one) => one.key === key)
    if (upload) settled.get(key)?.(upload)
    settled.delete(key)
    stops.delete(key)
  }

  /** The oldest first. */
  function sendMore(): void {
    while (sending < AT_ONCE) {
      const next = list.value.findLast(({ state }) => state === 'waiting')
      if (!next) return
      sending += 1
      void sendOne(next).finally(() => {
        sending -= 1
        sendMore()
      })
    }
  }

  async function sendOne({ key, file, name, fields }: Upload): Promise<void> {
    const stop = stops.get(key) ?? new AbortController()
    const idempotencyKey = newKey()
    const onProgress = (share: number) => change(key, { share })
    for (let silent = 0; ; ) {
      change(key, { state: 'sending', share: 0, againAtMs: null })
      try {
        const job = await send({ file, name, fields, idempotencyKey }, { onProgress, signal: stop.signal })
        return settle(key, { state: 'accepted', share: 1, job, problem: null })
      } catch (error) {
        if (stop.signal.aborted) return settle(key, { state: 'removed' })
        if (!(error instanceof Problem)) throw error
        if (error.status === 0) silent += 1
        if (!mayComeAgain(error) || silent > MOST_SILENT_TRIES) {
          return settle(key, { state: 'refused', problem: error })
        }
        // A place in line stays taken meanwhile: what is refused for one would be for the next.
        const waitMs = error.retryAfterMs ?? AGAIN_MS
        change(key, { state: 'pausing', againAtMs: now() + waitMs, problem: error })
        await sleep(waitMs, stop.signal).catch(() => {})
        if (stop.signal.aborted) return settle(key, { state: 'removed' })
      }
    }
  }

  return {
    list,
    add(pictures, fields) {
      const added = pictures.map(
        ({ file, name }): Upload => ({
          key: newKey(),
          name,
          file,
          fields,
          state: 'waiting',
          share: 0,
          againAtMs: null,
          problem: null,
          job: null,
        }),
      )
      const done = added.map(({ key }) => {
        const { promise, resolve } = Promise.withResolvers<Upload>()
        settled.set(key, resolve)
        stops.set(key, new AbortController())
        return promise
      })
      list.value = [...added.toReversed(), ...list.value]
      sendMore()
      return Promise.all(done)
    },
    remove(key) {
      const upload = list.value.find((one) => one.key === key)
      stops.get(key)?.abort()
      if (upload?.state === 'waiting') settle(key, { state: 'removed' })
      list.value = list.value.filter((one) => one.key !== key)
    },
    update(job) {
      const upload = list.value.find((one) => one.job?.id === job.id)
      if (upload) change(upload.key, { job })
    },
    forget(jobId) {
      list.value = list.value.filter(({ job }) => job?.id !== jobId)
    },
    clear() {
      list.value = list.value.filter(({ state }) => ['waiting', 'sending', 'pausing'].includes(state))
    },
  }
}

/** The same later may work: not now, too much, or nobody answered. */
function mayComeAgain({ status, code }: Problem): boolean {
  return status === 0 || status === 429 || status === 503 || code === 'idempotency_in_progress'
}
