import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bar } from '../bar.ts'
import { strike, submitLoad, untilAllEnded, WORKER } from '../load.ts'

export const webhooksArrive: Bar = {
  id: 'R17',
  promise: 'Every webhook event arrives, under one id, with the same bytes on every try',
  fault: 'a receiver that fails three first tries in ten, and SIGKILL of the sender',
  async run({ start, scale }) {
    const events = new Map<string, Set<string>>()
    const ids = new Set<string>()
    const changed: string[] = []
    const bodies = new Map<string, string>()
    const server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString()
      const id = String(request.headers['webhook-id'])
      const known = bodies.get(id)
      if (known !== undefined && known !== body) changed.push(id)
      bodies.set(id, body)
      // Once at most per event: the second retry is minutes away.
      if (known === undefined && Math.random() < 0.3) return response.writeHead(500).end()
      const job = (JSON.parse(body) as { data: { id: string } }).data.id
      ids.add(id)
      events.set(job, (events.get(job) ?? new Set()).add(id))
      return response.end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      await using lupa = await start({ WORKERS: '2', WORKER_SLOTS: '1', RECONCILE_SECONDS: '5' })
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      const loading = submitLoad(lupa, { jobs: scale(60, 500), clients: 8, fields: { webhook_url: url } })
      for (let kill = 0; kill < scale(2, 10); kill++) {
        await sleep(600)
        strike(lupa, WORKER, 'SIGKILL')
      }
      const { accepted } = await loading
      await untilAllEnded(lupa, accepted)
      const deadline = performance.now() + scale(60_000, 600_000)
      while (events.size < accepted.length && performance.now() < deadline) await sleep(200)
      const twoIds = [...events.values()].filter((each) => each.size > 1).length
      return {
        trials: accepted.length,
        lost: accepted.length - events.size,
        duplicated: twoIds + changed.length,
        worstRecoveryMs: null,
        checks: { 'one id per event': ids.size === events.size },
      }
    } finally {
      server.close()
      server.closeAllConnections()
    }
  },
}
