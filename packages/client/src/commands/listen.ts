import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CommandError } from '../command-error.ts'
import type { ClientConfig } from '../config.ts'
import { WebhookError } from '../library/errors.ts'
import { isJobEvent, verifyWebhook, type WebhookEvent } from '../library/verify-webhook.ts'
import { openLupa } from '../open-lupa.ts'
import { describePrediction } from '../predict/describe-prediction.ts'
import type { Terminal } from '../terminal.ts'
import { readSecret, sendTest } from './webhooks.ts'

export interface ListenOptions {
  port: number
  host: string
  forward?: string
  count?: number
  test?: boolean
  url?: string
  json?: boolean
}

/** More than a webhook has. */
const MAX_BODY_BYTES = 1024 * 1024
const FORWARD_TIMEOUT_MS = 15_000

/** `lupa webhooks listen`: a receiver on this machine that verifies what comes, and prints it. */
export async function listen(
  options: ListenOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<void> {
  const lupa = openLupa(options, config)
  let { secret } = await readSecret(lupa)
  const enough = Promise.withResolvers<void>()
  let taken = 0

  const server = createServer((request, response) => {
    receive(request, response).catch((error: Error) => {
      terminal.note(`${terminal.bad('✗')} ${error.message}`)
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  server.listen(options.port, options.host)
  // It rejects when an error comes first.
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${options.host}:${options.port} cannot be listened on (${error.code}).`)
  })
  const { port } = server.address() as AddressInfo
  const address = `http://${options.host}:${port}/`
  terminal.note(`Listening at ${address} for what ${lupa.url} signs. Ctrl-C ends it. Try it:`)
  terminal.note(`  curl -F image=@photo.jpg -F webhook_url=${address} ${lupa.url}/v1/jobs`)

  try {
    if (options.test) await sendTest(lupa, address)
    await enough.promise
  } finally {
    server.close()
    server.closeAllConnections()
  }

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    if (request.method !== 'POST' || !body)
      return void response.writeHead(request.method === 'POST' ? 413 : 405).end()
    const event = await verify(request, body)
    if (event instanceof WebhookError) {
      terminal.note(
        `${terminal.bad('✗ refused')} ${String(request.headers['webhook-id'] ?? 'without an id')}: ${event.message}`,
      )
      return void response.writeHead(400).end(event.message)
    }
    if (options.json) terminal.printLine(event)
    else
      terminal.print(
        `${new Date().toISOString().slice(11, 23)}  ${terminal.good(event.type)}  ${summaryOf(event)}`,
      )
    const status = options.forward === undefined ? 204 : await forward(options.forward, request, body)
    response.writeHead(status).end()
    taken += 1
    if (taken === options.count) response.once('close', () => enough.resolve())
  }

  /** With the secret as it is by now, should it have been replaced. */
  async function verify(request: IncomingMessage, body: Buffer): Promise<WebhookEvent | WebhookError> {
    const check = () => verifyWebhook({ body, headers: request.headers, secret }).catch(asWebhookError)
    const first = await check()
    if (!(first instanceof WebhookError) || request.headers['webhook-signature'] === undefined) return first
    secret = (await readSecret(lupa)).secret
    return check()
  }

  async function forward(to: string, { headers }: IncomingMessage, body: Buffer): Promise<number> {
    const passed = Object.entries(headers).filter(([name]) => /^(webhook-|content-type$)/.test(name))
    try {
      const answer = await fetch(to, {
        method: 'POST',
        headers: Object.fromEntries(passed) as Record<string, string>,
        body: new Uint8Array(body),
        signal: AbortSignal.timeout(FORWARD_TIMEOUT_MS),
      })
      terminal.note(`  ${to} answered ${answer.status}`)
      return answer.status
    } catch (error) {
      terminal.note(`  ${terminal.bad('✗')} ${to} did not answer: ${(error as Error).message}`)
      return 502
    }
  }
}

function asWebhookError(error: unknown): WebhookError {
  if (error instanceof WebhookError) return error
  throw error
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function summaryOf(event: WebhookEvent): string {
  if (!isJobEvent(event))
    return event.type === 'webhook.test' ? 'a test' : ((event.data as { id?: string })?.id ?? '')
  const job = event.data
  const what =
    job.status === 'succeeded'
      ? job.predictions
        ? describePrediction(job)
        : 'too large to be sent'
      : (job.error?.code ?? job.status)
  return `${job.id}  ${job.image_name ?? '–'}  ${what}`
}
