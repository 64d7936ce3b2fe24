import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Job } from '@lupa/core/domain/job'
import { KEY_PREFIX } from '@lupa/core/jobs/redis-connection'
import { expect, test, vi } from 'vitest'
import { withClient } from '../../packages/core/test/services/redis-client.ts'
import { startRedisServer } from '../../packages/core/test/services/redis-server.ts'
import { distinct, post, startLupa } from './lupa.ts'

const open = readFileSync(join(import.meta.dirname, '../../models/bottle-status/samples/aberta-1.jpg'))
const CREDENTIALS = { API_USERNAME: 'ana', API_PASSWORD: 'a long password' }
const authorization = `Basic ${Buffer.from('ana:a long password').toString('base64')}`

// A clustered Redis refuses commands and scripts whose keys are not in one slot: CROSSSLOT.
test('on a Redis in cluster mode everything works, for all keys are in one slot', {
  timeout: 240_000,
}, async () => {
  await using redis = await startRedisServer('--cluster-enabled', 'yes')
  await withClient(redis.url, async (client) => {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await vi.waitFor(
      async () => expect(await client.call('CLUSTER', 'INFO')).toContain('cluster_state:ok'),
      10_000,
    )
  })
  await using lupa = await startLupa({ ...CREDENTIALS, REDIS_URL: redis.url, RECONCILE_SECONDS: '1' })
  const jobs = `${lupa.url}/v1/jobs`
  const submit = (mark: string, headers: Record<string, string> = {}, fields: Record<string, string> = {}) =>
    post(jobs, distinct(open, mark), { headers: { authorization, ...headers }, fields })
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(new URL(path, lupa.url), { ...init, headers: { authorization } })

  const keys = new Set<string>()
  const noteKeys = () =>
    withClient(redis.url, async (client) => {
      for (const key of await client.keys('*')) keys.add(key)
    })
  const noting = setInterval(() => void noteKeys().catch(() => {}), 100)

  try {
    const done = await submit('first', { prefer: 'wait=30' }, { webhook_url: `${lupa.url}/nowhere` })
    expect(done.body).toMatchObject({ status: 'succeeded', prediction: 'aberta' })
    expect((await submit('first', { prefer: 'wait=30' })).body.cache).toBe('hit')

    const keyed = { 'idempotency-key': 'once' }
    const [once, again] = [await submit('keyed', keyed), await submit('keyed', keyed)]
    expect(again.body.id).toBe(once.body.id)

    expect((await ask(`/v1/jobs/${done.body.id}/annotated?format=jpeg`)).status).toBe(200)

    const batch = new FormData()
    for (const at of [1, 2, 3])
      batch.append('image', new Blob([Uint8Array.from(distinct(open, `b${at}`))]), `${at}.jpg`)
    const made = (await (await ask('/v1/batches', { method: 'POST', body: batch })).json()) as { id: string }
    await vi.waitFor(
      async () => expect(await (await ask(`/v1/batches/${made.id}`)).json()).toMatchObject({ done: true }),
      { timeout: 30_000, interval: 200 },
    )

    const canceled = await submit('canceled')
    expect((await ask(`/v1/jobs/${canceled.body.id}/cancel`, { method: 'POST' })).status).toBeLessThan(300)
    expect((await ask(`/v1/jobs/${done.body.id}`, { method: 'DELETE' })).status).toBeLessThan(300)
    expect((await ask('/v1/queue')).status).toBe(200)
    expect(((await (await ask(`/v1/jobs/${once.body.id}?wait=30`)).json()) as Job).status).toBe('succeeded')
  } finally {
    clearInterval(noting)
  }

  await noteKeys()
  expect(keys.size).toBeGreaterThan(15)
  expect([...keys].filter((key) => !key.startsWith(KEY_PREFIX))).toEqual([])
  await withClient(redis.url, async (client) => {
    const slots = new Set(await Promise.all([...keys].map((key) => client.call('CLUSTER', 'KEYSLOT', key))))
    expect(slots.size).toBe(1)
    expect(await client.info('errorstats')).not.toContain('CROSSSLOT')
  })
  expect(lupa.log()).not.toContain('CROSSSLOT')
})
