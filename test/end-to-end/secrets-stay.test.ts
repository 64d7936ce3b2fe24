import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from '../../packages/core/test/services/redis-server.ts'
import { post, startLupa } from './lupa.ts'

const PASSWORD = 'a-password-that-nobody-prints'
const SIGNATURE = 'a-signature-in-an-address'
const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` })

test('no key, password or signed address is printed by any process, or stands in the command line of one', async () => {
  const picture = readFileSync(join(import.meta.dirname, '../../models/bottle-status/samples/aberta-1.jpg'))
  await using stack = new AsyncDisposableStack()
  const port = await freePort()
  const server = createServer(({ url }, response) => {
    // The process that fetches says why it could not, the worker what its child made of it.
    if (url?.startsWith('/cut'))
      response.writeHead(200, { 'content-length': 10_000 }).write(picture.subarray(0, 500))
    else response.end(url?.startsWith('/image') ? picture : 'no picture')
    if (url?.startsWith('/cut')) setImmediate(() => response.destroy())
  }).listen(port, '127.0.0.1')
  stack.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  const credentials = { API_USERNAME: 'ana', API_PASSWORD: PASSWORD }
  const lupa = stack.use(
    await startLupa({ ...credentials, WORKERS: '1', WORKER_SLOTS: '1', LOG_LEVEL: 'trace' }),
  )
  const call = (path: string, headers: Record<string, string>, body?: object) =>
    fetch(`${lupa.url}${path}`, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    })

  const made = await call('/v1/keys', basic(`ana:${PASSWORD}`), { client: 'line-3' })
  const { key } = (await made.json()) as { key: string }
  const ways = [{ authorization: `Bearer ${key}` }, { 'x-api-key': key }, basic(`camera:${key}`)]
  for (const headers of ways) {
    const wait = { ...headers, prefer: 'wait=60', 'cache-control': 'no-cache' }
    expect(await post(`${lupa.url}/v1/jobs`, picture, { headers: wait })).toMatchObject({ status: 200 })
    expect(await post(`${lupa.url}/v1/jobs`, picture.subarray(0, 2000), { headers: wait })).toMatchObject({
      status: 200,
      body: { status: 'failed' },
    })
    for (const [path, status] of [
      ['image', 200],
      ['cut', 422],
      ['none', 415],
    ] as const) {
      const image_url = `http://127.0.0.1:${port}/${path}?sig=${SIGNATURE}`
      expect([path, (await call('/v1/jobs', wait, { image_url })).status]).toEqual([path, status])
    }
    expect((await call(`/v1/jobs?key=${key}`, headers)).status).toBe(400)
  }
  const commands = lupa.processes().map(({ command }) => command)
  expect(commands.length).toBeGreaterThan(4)
  expect(await lupa.stop()).toBe(0)

  const printed = lupa.log()
  expect(printed).toContain('key.created')
  const pairs = [`ana:${PASSWORD}`, `camera:${key}`].map((pair) => basic(pair).authorization.slice(6))
  const secrets = [PASSWORD, SIGNATURE, key, key.slice(16), ...pairs]
  expect(secrets.filter((secret) => printed.includes(secret))).toEqual([])
  expect(secrets.filter((secret) => commands.join('\n').includes(secret))).toEqual([])
}, 180_000)
