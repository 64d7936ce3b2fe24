import { createServer } from 'node:http'
import { createBullmqRenderQueue } from '@lupa/core/renders/bullmq-render-queue'
import { createLogger } from '@lupa/core/runtime/logger'
import { expect, onTestFinished, test, vi } from 'vitest'
import { aSuccess } from '../../../packages/core/test/job-records.ts'
import { freePort } from '../../../packages/core/test/services/redis-server.ts'
import { startReceiver } from './webhook-bench.ts'
import { quickPicture, startWorkerFleet } from './worker-fleet.ts'

const MINUTE_MS = 60_000
const SOON = { timeout: 90_000, interval: 100 }
const ago = (ms: number) => new Date(Date.now() - ms)

test('housekeeping alone does all that is owed and takes no picture; a worker then takes them', {
  timeout: 120_000,
}, async () => {
  await using fleet = await startWorkerFleet()
  await using receiver = await startReceiver((_request, response) => response.end())
  const picture = quickPicture()
  const webhook = { url: receiver.url, events: ['job.expired' as const] }

  const waiting = await fleet.accept(picture)
  const overdue = await fleet.accept(picture, { acceptedAt: ago(2000), cancelAfterSeconds: 1, webhook })
  const lost = await fleet.accept(picture, { acceptedAt: ago(5 * MINUTE_MS) })
  await fleet.jobQueue.remove(lost.id)
  const done = await fleet.accept(picture)
  await fleet.jobQueue.remove(done.id)
  await fleet.jobStore.finish(done.id, aSuccess(done))
  const old = await fleet.accept(picture, { acceptedAt: ago(10 * MINUTE_MS), retentionSeconds: 60 })
  await fleet.jobQueue.remove(old.id)
  await fleet.jobStore.finish(old.id, aSuccess(old))

  const house = await fleet.startWorker({ WORKER_ROLE: 'housekeeping', RECONCILE_SECONDS: '1' })
  const renderQueue = createBullmqRenderQueue({
    redisUrl: fleet.redisUrl,
    logger: createLogger('test', { level: 'silent', pretty: false }),
  })
  onTestFinished(() => renderQueue.close())
  const { id: jobId, client, params } = done
  const drawn = {
    kind: 'annotated',
    format: 'webp',
    palette: 'ultralytics',
    labels: 'name',
    lineWidth: null,
    maxSide: 640,
  } as const
  await renderQueue.request({ jobId, client, params, name: 'annotated.webp', picture: drawn })

  await vi.waitFor(async () => {
    expect(receiver.received.map(({ body }) => JSON.parse(body))).toMatchObject([
      { type: 'job.expired', data: { id: overdue.id, error: { code: 'deadline_exceeded' } } },
    ])
    expect(await fleet.jobQueue.holds(lost.id)).toBe(true)
    expect(await fleet.jobStore.get(old.id)).toBeUndefined()
    expect(await fleet.imageStore.getRender(jobId, 'annotated.webp')).toBeDefined()
  }, SOON)
  expect(await fleet.jobQueue.depth()).toMatchObject({ waiting: 2, running: 0 })
  expect(await fleet.statuses([waiting, lost])).toEqual({ queued: 2 })

  const metrics = await fetch(`http://127.0.0.1:${portOf(house)}/metrics`).then((answer) => answer.text())
  expect(metrics).toContain('lupa_webhook_tries_total{outcome="delivered"} 1')
  expect(metrics).not.toContain('lupa_worker_ready')
  expect((await fetch(`http://127.0.0.1:${portOf(house)}/readyz`)).status).toBe(200)

  await fleet.startWorker()
  await vi.waitFor(async () => expect(await fleet.statuses([waiting, lost])).toEqual({ succeeded: 2 }), SOON)

  house.signal('SIGTERM')
  expect(await house.exited).toBe(0)
})

test.each(['worker', 'housekeeping'])(
  'a %s whose port is taken ends, and says so',
  { timeout: 60_000 },
  async (role) => {
    await using fleet = await startWorkerFleet()
    const port = await freePort()
    const other = createServer().listen(port, '127.0.0.1')
    onTestFinished(() => void other.close())
    await expect(fleet.startWorker({ WORKER_ROLE: role, WORKER_PORT: `${port}` })).rejects.toThrow(
      'The worker ended',
    )
  },
)

function portOf({ logged }: { logged: { msg: string; [field: string]: unknown }[] }): number {
  return Number(logged.find(({ msg }) => msg.startsWith('worker keeps house'))?.probe_port)
}
