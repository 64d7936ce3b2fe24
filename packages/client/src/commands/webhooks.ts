import type { ClientConfig } from '../config.ts'
import { formatTable } from '../format-table.ts'
import type { Lupa } from '../library/lupa.ts'
import type { Delivery, WebhookTest } from '../library/wire-types.ts'
import { openLupa } from '../open-lupa.ts'
import type { Terminal } from '../terminal.ts'
import { take } from './list-jobs.ts'

export interface WebhooksOptions {
  url?: string
  json?: boolean
}

type Deps = { config: ClientConfig; terminal: Terminal }

export function readSecret(lupa: Lupa, method: 'GET' | 'POST' = 'GET') {
  return lupa.request(method, '/v1/webhooks/secret', {
    read: (response) => response.json() as Promise<{ secret: string; previous_until: string | null }>,
  })
}

/** `lupa webhooks secret`: the secret alone goes to standard output. */
export async function showSecret(
  { rotate, url, json }: WebhooksOptions & { rotate?: boolean },
  { config, terminal }: Deps,
): Promise<void> {
  const secret = await readSecret(openLupa({ url }, config), rotate ? 'POST' : 'GET')
  if (json) return terminal.printJson(secret)
  terminal.print(secret.secret)
  if (secret.previous_until) terminal.note(`The one before signs too, until ${secret.previous_until}.`)
}

/** `lupa webhooks test`. Resolves to whether the receiver took it. */
export async function testReceiver(
  receiver: string,
  { url, json }: WebhooksOptions,
  { config, terminal }: Deps,
): Promise<boolean> {
  const answer = await sendTest(openLupa({ url }, config), receiver)
  if (json) terminal.printJson(answer)
  else {
    const status = answer.response_status === null ? 'no answer' : `${answer.response_status}`
    const said = [answer.error, answer.response_excerpt].filter(Boolean).join(': ')
    terminal.print(
      `${answer.delivered ? terminal.good('delivered') : terminal.bad('not delivered')}  ${status} in ${Math.round(answer.duration_ms)} ms  ${said}`.trimEnd(),
    )
  }
  return answer.delivered
}

export function sendTest(lupa: Lupa, receiver: string): Promise<WebhookTest> {
  return lupa.request('POST', '/v1/webhooks/test', {
    json: { url: receiver },
    read: (response) => response.json() as Promise<WebhookTest>,
  })
}

/** `lupa webhooks deliveries`: the caller's, or those of a job. */
export async function listDeliveries(
  { job, limit, url, json }: WebhooksOptions & { job?: string; limit: number },
  { config, terminal }: Deps,
): Promise<void> {
  const path =
    job === undefined ? '/v1/webhooks/deliveries' : `/v1/jobs/${encodeURIComponent(job)}/deliveries`
  const lupa = openLupa({ url }, config)
  const pages = job === undefined ? lupa.pages<Delivery>(path) : (await readDeliveries(lupa, path)).values()
  const deliveries = await take(toAsync(pages), limit)
  if (json) return terminal.printJson(deliveries)
  if (deliveries.length === 0) return terminal.print('There is no delivery.')
  const rows = deliveries.map(({ id, event, status, tries, created_at, url: receiver }) => {
    const last = tries.at(-1)
    return [
      id,
      created_at.slice(0, 19).replace('T', ' '),
      event,
      status === 'delivered' ? terminal.good(status) : status === 'failed' ? terminal.bad(status) : status,
      `${tries.length}`,
      last ? `${last.response_status ?? last.error ?? '–'}` : '–',
      receiver,
    ]
  })
  const lines = formatTable(['ID', 'CREATED', 'EVENT', 'STATUS', 'TRIES', 'LAST', 'URL'], rows)
  for (const [index, line] of lines.entries()) terminal.print(index === 0 ? terminal.dim(line) : line)
}

async function* toAsync<T>(things: Iterable<T> | AsyncIterable<T>) {
  yield* things
}

async function readDeliveries(lupa: Lupa, path: string): Promise<Delivery[]> {
  const list = await lupa.request('GET', path, {
    read: (response) => response.json() as Promise<{ data: Delivery[] }>,
  })
  return list.data
}

/** `lupa webhooks redeliver`: the newest of a job, or one delivery. */
export async function redeliver(
  id: string,
  { url, json }: WebhooksOptions,
  { config, terminal }: Deps,
): Promise<void> {
  const what = encodeURIComponent(id)
  const path = isJobId(id) ? `/v1/jobs/${what}/redeliver` : `/v1/webhooks/deliveries/${what}/redeliver`
  const delivery = await openLupa({ url }, config).request('POST', path, {
    read: (response) => response.json() as Promise<Delivery>,
  })
  if (json) return terminal.printJson(delivery)
  terminal.print(`${delivery.id} is sent again to ${delivery.url}.`)
}

/** A delivery's id is that of its job, and more. */
const isJobId = (id: string) => /^[0-9a-f-]{36}$/i.test(id)
