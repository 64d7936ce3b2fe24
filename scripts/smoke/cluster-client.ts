import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from '@lupa/core/domain/job'

export interface ClusterClient {
  /** Submits an image until it is accepted, the same request each time: whatever dies meanwhile, it is one job. */
  submit(image: Uint8Array, key: string): Promise<string>
  job(id: string): Promise<Job | undefined>
  /** Of the newest jobs, a page at a time. */
  jobIds(): Promise<string[]>
  isReady(): Promise<boolean>
}

const PATIENCE_MS = 120_000

export function createClusterClient(
  url: string,
  { user, password }: { user: string; password: string },
): ClusterClient {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

  return {
    async submit(image, key) {
      const deadline = Date.now() + PATIENCE_MS
      for (;;) {
        const answer = await send('/v1/jobs', {
          method: 'POST',
          headers: { 'idempotency-key': key },
          body: formOf(image),
        })
        if (answer?.status === 202 || answer?.status === 200) return ((await answer.json()) as Job).id
        const told = answer ? `${answer.status} ${await answer.text()}` : 'no answer'
        if (answer && answer.status < 500 && ![409, 429].includes(answer.status)) {
          throw new Error(`A picture was refused: ${told}`)
        }
        if (Date.now() > deadline)
          throw new Error(`A picture was not accepted in ${PATIENCE_MS / 1000} s: ${told}`)
        await sleep(Number(answer?.headers.get('retry-after') ?? 0.5) * 1000)
      }
    },

    async job(id) {
      const answer = await send(`/v1/jobs/${id}`)
      return answer?.ok ? ((await answer.json()) as Job) : undefined
    },

    async jobIds() {
      const ids: string[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const answer = await send(`/v1/jobs?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
        if (!answer?.ok) throw new Error(`The list of jobs was refused: ${answer?.status}`)
        const { data, next_cursor: next } = (await answer.json()) as {
          data: Job[]
          next_cursor: string | null
        }
        ids.push(...data.map(({ id }) => id))
        cursor = next
      }
      return ids
    },

    async isReady() {
      return (await send('/readyz'))?.ok === true
    },
  }

  /** Resolves to undefined when there was no answer: the gateway died, or the connection. */
  function send(path: string, request: Request = {}): Promise<Response | undefined> {
    const { method = 'GET', headers = {}, body = null } = request
    return fetch(new URL(path, url), {
      method,
      headers: { ...headers, authorization },
      body,
      signal: AbortSignal.timeout(30_000),
    }).catch(() => undefined)
  }
}

interface Request {
  method?: string
  headers?: Record<string, string>
  body?: FormData
}

function formOf(image: Uint8Array): FormData {
  const form = new FormData()
  form.set('image', new Blob([new Uint8Array(image)], { type: 'image/jpeg' }), 'smoke.jpg')
  return form
}
