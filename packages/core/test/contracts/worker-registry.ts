import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { WorkerRegistry, WorkerReport } from '../../src/jobs/worker-registry.ts'

const TTL_MS = 300

/** What every registry of workers promises. */
export function describeWorkerRegistry(
  name: string,
  open: (options: { ttlMs: number }) => Promise<{ registry: WorkerRegistry } & AsyncDisposable>,
): void {
  describe(`${name} keeps its promises`, () => {
    let session: AsyncDisposable
    let registry: WorkerRegistry
    beforeEach(async () => {
      const opened = await open({ ttlMs: TTL_MS })
      session = opened
      registry = opened.registry
    })
    afterEach(() => session[Symbol.asyncDispose]())

    test('workers are listed by name, each as it said last', async () => {
      expect(await registry.list()).toEqual([])
      await registry.beat(aReport('worker-2'))
      await registry.beat(aReport('worker-1', 0))
      await registry.beat(aReport('worker-1', 2))
      expect(await registry.list()).toEqual([aReport('worker-1', 2), aReport('worker-2')])
    })

    test('a worker that leaves is not listed, and may leave twice', async () => {
      await registry.beat(aReport('worker-1'))
      await registry.leave('worker-1')
      await registry.leave('worker-1')
      expect(await registry.list()).toEqual([])
    })

    test('a silent worker is forgotten, one that beats is not', async () => {
      await registry.beat(aReport('silent'))
      for (let beat = 0; beat < 4; beat++) {
        await registry.beat(aReport('alive'))
        await delay(TTL_MS / 3)
      }
      expect(await registry.list()).toEqual([aReport('alive')])
    })
  })
}

function aReport(worker: string, busy = 1): WorkerReport {
  const model = { name: 'bottle-status', version: '1', digest: 'sha256:0', failure: null }
  return { worker, slots: 2, busy, models: [model] }
}
