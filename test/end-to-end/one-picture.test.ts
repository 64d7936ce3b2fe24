import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Job } from '@lupa/core/domain/job'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { distinct, getJson, type Lupa, post, startLupa, untilDone } from './lupa.ts'

const SAMPLES = join(import.meta.dirname, '../../models/bottle-status/samples')
const open = readFileSync(join(SAMPLES, 'aberta-1.jpg'))
const closed = readFileSync(join(SAMPLES, 'fechada-1.jpg'))

describe('one picture’s way through the real thing', () => {
  let lupa: Lupa

  beforeAll(async () => {
    lupa = await startLupa()
  })
  afterAll(() => lupa[Symbol.asyncDispose]())

  test('POST /predict answers as the original service did', async () => {
    const answer = await post(`${lupa.url}/predict`, open, { name: 'garrafa.jpg' })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ image_name: 'garrafa.jpg', prediction: 'aberta' })
    expect(answer.body.confidence).toBeGreaterThan(0.5)
    expect(answer.body.processing_time).toBeGreaterThan(0)
    expect(answer.body.request_id).toMatch(/^[0-9a-f-]{36}$/)
    expect((await post(`${lupa.url}/predict`, closed)).body.prediction).toBe('fechada')
  })

  test('waiting, polling and a webhook give the same job document', async () => {
    const receiver = await startReceiver()
    const picture = distinct(open, 'same document')
    const waited = await post(`${lupa.url}/v1/jobs`, picture, {
      headers: { prefer: 'wait=20' },
      fields: { webhook_url: receiver.url, tags: 'line-3' },
    })
    expect(waited.status).toBe(200)
    expect(waited.headers.get('preference-applied')).toBe('wait=20')
    expect(Job.parse(waited.body)).toEqual(waited.body)
    expect(waited.body).toMatchObject({ status: 'succeeded', tags: ['line-3'], cache: 'miss' })

    const event = await receiver.next()
    expect(event.body.type).toBe('job.succeeded')
    expect(event.body.data).toEqual(waited.body)

    const polled = await untilDelivered(lupa.url, waited.body.id)
    expect(polled.webhook?.last_delivery).toMatchObject({
      status: 'delivered',
      response_status: 200,
      tries: 1,
    })
    expect({ ...polled, webhook: { ...polled.webhook, last_delivery: null } }).toEqual(waited.body)

    const secret = await getJson<{ secret: string }>(`${lupa.url}/v1/webhooks/secret`)
    expect(event.headers['webhook-signature']).toBe(signatureOf(event, secret.secret))
    expect(event.headers['webhook-id']).toBe(polled.webhook?.last_delivery?.id)
    await receiver.close()
  })

  test('a job is accepted at once and found by polling, in the list, with its image', async () => {
    const picture = distinct(closed, 'polling')
    const accepted = await post(`${lupa.url}/v1/jobs`, picture)
    expect(accepted.status).toBe(202)
    expect(accepted.headers.get('location')).toBe(`/v1/jobs/${accepted.body.id}`)
    const job = await untilDone(lupa.url, accepted.body.id)
    expect(job).toMatchObject({ status: 'succeeded', prediction: 'fechada', attempt: 1 })

    const list = await getJson<{ data: Job[] }>(`${lupa.url}/v1/jobs?limit=5`)
    expect(list.data.map(({ id }: Job) => id)).toContain(job.id)
    const image = await fetch(`${lupa.url}${job.links.image}`).then((response) => response.arrayBuffer())
    expect(Buffer.from(image).equals(picture)).toBe(true)
  })

  test('the same picture is computed once, and its second job is recorded too', async () => {
    const picture = distinct(open, 'twice')
    const first = await post(`${lupa.url}/v1/jobs`, picture, { headers: { prefer: 'wait=20' } })
    const second = await post(`${lupa.url}/v1/jobs`, picture)
    expect(first.body.cache).toBe('miss')
    expect(second.status).toBe(200)
    expect(second.body).toMatchObject({
      status: 'succeeded',
      cache: 'hit',
      predictions: first.body.predictions,
    })
    expect(second.body.id).not.toBe(first.body.id)

    const image = await untilOk(`${lupa.url}/v1/jobs/${second.body.id}/image`)
    expect(Buffer.from(await image.arrayBuffer()).equals(picture)).toBe(true)
  })

  test('twins sent at the same moment are computed once', async () => {
    const picture = distinct(open, 'twins')
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        post(`${lupa.url}/v1/jobs`, picture, { headers: { prefer: 'wait=20' } }),
      ),
    )
    expect(answers.map(({ body }) => body.status)).toEqual(Array(8).fill('succeeded'))
    expect(answers.filter(({ body }) => body.cache === 'miss')).toHaveLength(1)
  })

  test('every mistake of a client is a 4xx that says what to do, and the service goes on', async () => {
    const jobs = `${lupa.url}/v1/jobs`
    const text = await post(jobs, Buffer.from('not a picture at all'), { name: 'notes.jpg' })
    expect(text).toMatchObject({ status: 415, body: { code: 'unsupported_image_type' } })
    expect(text.body.detail).toMatch(/JPEG/)
    const predictText = await post(`${lupa.url}/predict`, Buffer.from('not a picture at all'))
    expect(predictText).toMatchObject({ status: 400, body: { error: 'Invalid file type' } })

    const empty = await fetch(jobs, { method: 'POST' })
    expect(empty.status).toBe(400)
    expect(await empty.json()).toMatchObject({ code: 'image_missing' })

    const huge = await post(jobs, new Uint8Array(30_000_000))
    expect(huge).toMatchObject({ status: 413, body: { code: 'image_too_large' } })
    expect(huge.body.detail).toMatch(/20/)

    const model = await post(jobs, open, { fields: { model: 'no-such-model' } })
    expect(model.body.code).toBe('model_not_found')
    expect(model.body.detail).toMatch(/no-such-model.*bottle-status/s)

    const conf = await post(jobs, open, { fields: { conf: '2' } })
    expect(conf).toMatchObject({ status: 400, body: { code: 'invalid_parameter' } })
    expect(conf.body.detail).toMatch(/conf.*2/)

    expect((await post(`${lupa.url}/predict`, open)).status).toBe(200)
  })

  test('a truncated JPEG is accepted and its job fails, saying why', async () => {
    const truncated = open.subarray(0, Math.floor(open.length / 2))
    const accepted = await post(`${lupa.url}/v1/jobs`, truncated)
    expect(accepted.status).toBe(202)
    const job = await untilDone(lupa.url, accepted.body.id)
    expect(job).toMatchObject({
      status: 'failed',
      error: { code: 'image_unreadable', retryable: false },
      attempt: 1,
    })

    const waited = await post(`${lupa.url}/v1/jobs`, truncated, { headers: { prefer: 'wait=20' } })
    expect(waited).toMatchObject({ status: 200, body: { status: 'failed' } })
    expect(await post(`${lupa.url}/predict`, truncated)).toMatchObject({
      status: 422,
      body: { code: 'image_unreadable' },
    })
    expect((await post(`${lupa.url}/predict`, open)).status).toBe(200)
  })
})

interface Received {
  headers: IncomingHttpHeaders
  text: string
  body: { type: string; data: unknown }
}

async function startReceiver() {
  const waiting: ((event: Received) => void)[] = []
  const arrived: Received[] = []
  const server = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString()
    response.end('thanks')
    const event = { headers: request.headers, text, body: JSON.parse(text) as Received['body'] }
    const waiter = waiting.shift()
    if (waiter) waiter(event)
    else arrived.push(event)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    next: () => {
      const event = arrived.shift()
      return event ? Promise.resolve(event) : new Promise<Received>((resolve) => waiting.push(resolve))
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#symmetric */
function signatureOf({ headers, text }: Received, secret: string): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const signed = [headers['webhook-id'], headers['webhook-timestamp'], text].join('.')
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
}

async function untilDelivered(url: string, id: string): Promise<Job> {
  for (;;) {
    const job = await getJson<Job>(`${url}/v1/jobs/${id}`)
    if (job.webhook?.last_delivery) return job
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function untilOk(url: string): Promise<Response> {
  for (;;) {
    const response = await fetch(url)
    if (response.ok) return response
    await response.body?.cancel()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
