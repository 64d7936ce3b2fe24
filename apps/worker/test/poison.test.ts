import type { JobRecord } from '@lupa/core/domain/job'
import { createBullmqJobConsumer } from '@lupa/core/jobs/bullmq-job-consumer'
import { expect, test } from 'vitest'
import { createPredictor } from '../src/predictor/predictor.ts'
import { startWorkerBench } from './worker-bench.ts'

const EXECUTION_TIMEOUT_MS = 1500
const SLOTS = 2

test('images that crash, hang or exhaust the model process fail alone, each after two tries, with a code that says so', async () => {
  await using bench = await startWorkerBench((...asked) => predictor.predict(...asked))
  const predictor = await createPredictor({
    slots: SLOTS,
    threads: 1,
    executionTimeoutMs: EXECUTION_TIMEOUT_MS,
    childRssLimitBytes: Number.POSITIVE_INFINITY,
    preload: (await bench.catalog.list()).flatMap((found) => found.package ?? []),
    entry: new URL('./predictor/poisonous-child.ts', import.meta.url),
  })
  const consumer = createBullmqJobConsumer({
    redisUrl: bench.redisUrl,
    name: 'worker-1',
    concurrency: SLOTS + 1,
    logger: bench.logger,
  })
  const poison = { crash: 3, loop: 2, heap: 1, memory: 1 }
  const accept = (picture: string, at: number) => bench.accept({ imageName: `${picture} ${at}` }, picture)
  const poisonous = await Promise.all(
    Object.entries(poison).flatMap(([kind, count]) =>
      Array.from({ length: count }, (_, at) => accept(kind, at)),
    ),
  )
  const innocent = await Promise.all(Array.from({ length: 193 }, (_, at) => accept('a picture', at)))
  // Well mixed: every seventh or so of the first fifty.
  const all = poisonous.flatMap((bad, at) => [...innocent.slice(at * 6, at * 6 + 6), bad])
  for (const record of [...all, ...innocent.slice(poisonous.length * 6)]) await bench.jobQueue.enqueue(record)

  const startedAtMs = performance.now()
  consumer.start(bench.handle)
  const records = async (jobs: JobRecord[]) =>
    (await Promise.all(jobs.map(({ id }) => bench.jobStore.get(id)))) as JobRecord[]
  try {
    await expect
      .poll(async () => (await records([...innocent, ...poisonous])).filter(({ done }) => !done).length, {
        timeout: 25_000,
        interval: 200,
      })
      .toBe(0)
    const tookMs = performance.now() - startedAtMs
    const ended = await records(innocent)
    expect(ended.filter(({ status }) => status !== 'succeeded')).toEqual([])
    for (const record of await records(poisonous)) {
      const isMemory = /^(heap|memory)/.test(record.image_name ?? '')
      const code = isMemory ? 'out_of_memory' : 'image_quarantined'
      expect(record).toMatchObject({ status: 'failed', dead: true, attempt: 2, error: { code } })
      expect(record.processing_time).toBeLessThan(EXECUTION_TIMEOUT_MS + 1000)
    }
    // Those that are their child's end were so twice, and nothing else was.
    await expect.poll(() => predictor.status().restarts, { timeout: 5000 }).toBe(12)
    expect(tookMs).toBeLessThan(25_000)
    await expect.poll(() => bench.jobQueue.depth()).toMatchObject({ waiting: 0, delayed: 0, running: 0 })
  } finally {
    await consumer.stop()
    await predictor.close()
  }
}, 40_000)
