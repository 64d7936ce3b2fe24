import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { withClient } from '../../../packages/core/test/services/redis-client.ts'
import type { Lupa } from '../../end-to-end/lupa.ts'
import type { Bar } from '../bar.ts'
import {
  CHILD,
  find,
  GATEWAY,
  REDIS,
  recoveryMs,
  repeated,
  strike,
  submitLoad,
  untilAllEnded,
  WORKER,
} from '../load.ts'

/** Every process of Lupa, but the launcher itself. */
const KINDS = [GATEWAY, WORKER, CHILD, REDIS]

export const storm: Bar = {
  id: 'ALL',
  promise: 'All of it at once, from outside, on a running `npm start`',
  fault: 'SIGKILL of any process each second, FLUSHALL in the middle, Redis frozen for a while',
  isLong: true,
  async run({ start, scale }) {
    const events = new Map<string, Set<string>>()
    const server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString()
      const { id } = (JSON.parse(body) as { data: { id: string } }).data
      events.set(id, (events.get(id) ?? new Set()).add(String(request.headers['webhook-id'])))
      response.end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      await using lupa = await start({ WORKERS: '3', RECONCILE_SECONDS: '10' })
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      let isLoading = true
      const jobs = scale(200, 1000)
      const load = submitLoad(lupa, { jobs, clients: 8, fields: { webhook_url: url } }).finally(
        () => (isLoading = false),
      )
      let kills = 0
      const killing = (async () => {
        while (isLoading) {
          await sleep(1000)
          const kind = KINDS[Math.floor(Math.random() * KINDS.length)] ?? WORKER
          if (strike(lupa, kind, 'SIGKILL')) kills++
        }
      })()
      await sleep(scale(4000, 15_000))
      const isWiped = await wipe(lupa)
      await sleep(scale(2000, 10_000))
      for (const { pid } of find(lupa, REDIS)) process.kill(pid, 'SIGSTOP')
      const frozen = find(lupa, REDIS)
      await sleep(scale(5000, 30_000))
      for (const { pid } of frozen) tryResume(pid)
      const { accepted, wrong } = await load
      await killing
      const recovery = await recoveryMs(lupa)
      const ends = await untilAllEnded(lupa, accepted, 180_000)
      const deadline = performance.now() + 60_000
      while (events.size < accepted.length && performance.now() < deadline) await sleep(200)
      const untrue = ends.jobs.filter(
        ({ status, prediction }) => status === 'succeeded' && prediction !== 'fechada',
      )
      const failed = ends.jobs.filter(({ status }) => status !== 'succeeded')
      return {
        trials: accepted.length,
        lost: ends.lost.length + accepted.filter((id) => !events.has(id)).length,
        duplicated:
          repeated(accepted) +
          ends.changed.length +
          [...events.values()].filter((ids) => ids.size > 1).length,
        worstRecoveryMs: recovery,
        checks: {
          [`${kills} kills`]: kills > 0,
          'Redis was wiped': isWiped,
          'what is said is true': untrue.length === 0,
          [`${failed.length} failed ${[...new Set(failed.map(({ error }) => error?.code))].join(' ')}`.trim()]:
            failed.length <= accepted.length / 100,
          [`honest answers ${[...new Set(wrong)].join(', ')}`.trim()]: wrong.length === 0,
        },
      }
    } finally {
      server.close()
      server.closeAllConnections()
    }
  },
}

/** The embedded Redis' own address and password are in its configuration. */
async function wipe({ dataDirectory }: Lupa): Promise<boolean> {
  const conf = readFileSync(join(dataDirectory, 'redis', 'redis.conf'), 'utf8')
  const [, port] = /^port (\d+)/m.exec(conf) ?? []
  const [, password] = /^requirepass "?([^"\n]+)/m.exec(conf) ?? []
  for (let trial = 0; trial < 20; trial++) {
    const wiped = await withClient(`redis://:${password}@127.0.0.1:${port}`, (client) =>
      client.flushall(),
    ).catch(() => undefined)
    if (wiped === 'OK') return true
    await sleep(200)
  }
  return false
}

function tryResume(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // It was killed meanwhile, and another one runs.
  }
}
