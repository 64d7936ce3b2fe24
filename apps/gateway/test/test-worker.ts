import { packCandidates } from '@lupa/core/domain/candidates'
import type { LupaError } from '@lupa/core/domain/errors'
import { type JobRecord, startJob } from '@lupa/core/domain/job'
import type { StoredPrediction } from '@lupa/core/domain/prediction'
import { viewPrediction } from '@lupa/core/domain/view-prediction'
import { leavingResults } from '@lupa/core/inbox/write-inbox-result'
import { createBullmqJobConsumer } from '@lupa/core/jobs/bullmq-job-consumer'
import { createFinishBatch } from '@lupa/core/jobs/finish-batch'
import { cacheKeyOf } from '@lupa/core/jobs/result-cache'
import { createTellOutcome } from '@lupa/core/jobs/tell-outcome'
import type { GatewayDeps } from '../src/app.ts'

/** Takes jobs off the real queue and finishes them through the ports as the real worker does, without a model. */
export interface TestWorker extends AsyncDisposable {
  /** Jobs taken from now on are announced as running and then wait, until released. */
  hold(): { release: () => void }
  /** Jobs taken from now on, or those of them, fail so; undefined: they succeed. */
  failWith(error: LupaError | undefined, which?: (record: JobRecord) => boolean): void
  /** Resolves when a job has been taken. */
  taken(id: string): Promise<void>
}

/** x1, y1, x2, y2, confidence, class: a person, another that overlaps it, a car, a faint bicycle. */
const CANDIDATES = new Float32Array(
  [
    [10, 10, 110, 110, 0.9, 0],
    [20, 10, 120, 110, 0.8, 0],
    [200, 200, 300, 300, 0.6, 2],
    [400, 100, 450, 150, 0.1, 1],
  ].flat(),
)

const PREDICTIONS: Record<string, StoredPrediction> = {
  detect: {
    task: 'detect',
    names: { 0: 'person', 1: 'bicycle', 2: 'car' },
    candidates: packCandidates(CANDIDATES),
  },
  classify: {
    task: 'classify',
    top: [
      { name: 'aberta', class: 0, confidence: 0.9731 },
      { name: 'fechada', class: 1, confidence: 0.0269 },
    ],
  },
}

export function startTestWorker(redisUrl: string, deps: GatewayDeps): TestWorker {
  const { jobStore, jobEvents, resultCache, logger } = deps
  const consumer = createBullmqJobConsumer({ redisUrl, name: 'test-worker', concurrency: 8, logger })
  const taken = new Map<string, PromiseWithResolvers<void>>()
  let held = Promise.resolve()
  let failure: LupaError | undefined
  let fails: (record: JobRecord) => boolean = () => true
  const stores = { batches: jobStore, deliveries: jobStore, webhookQueue: deps.webhookQueue }
  const finishBatch = createFinishBatch({ ...stores, progress: deps.batchProgress })
  const tellOnly = createTellOutcome({
    ...deps,
    ...stores,
    events: jobEvents,
    finishBatchOf: (record) => finishBatch.ofJob(record),
  })
  const tellOutcome = leavingResults(tellOnly, deps)

  const takenOf = (id: string) => {
    const known = taken.get(id) ?? Promise.withResolvers<void>()
    taken.set(id, known)
    return known
  }

  consumer.start(async ({ id, attempt }) => {
    const stored = await jobStore.get(id)
    if (!stored) throw new Error(`told of job ${id} before it was recorded`)
    if (!(await deps.imageStore.get(id))) throw new Error(`told of job ${id} before its image was stored`)
    const running = startJob(stored, { worker: 'test-worker', attempt, at: new Date() })
    await jobEvents.announce(running)
    takenOf(id).resolve()
    await held
    await finish(running)
  })

  async function finish(running: JobRecord): Promise<void> {
    const prediction = PREDICTIONS[running.model.task] as StoredPrediction
    const { image } = running
    const finished = await jobStore.finish(
      running.id,
      failure && fails(running)
        ? { status: 'failed', at: new Date(), error: failure }
        : {
            status: 'succeeded',
            at: new Date(),
            cache: 'miss',
            stored: prediction,
            view: viewPrediction(prediction, running.params, image),
            image,
            timings: { inference_ms: 5 },
          },
      running,
    )
    if (finished?.record.status === 'succeeded') {
      await resultCache.put(cacheKeyOf(running, 'client'), { prediction, image, job_id: running.id })
    }
    if (finished) await tellOutcome(finished.record)
  }

  return {
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return { release: resolve }
    },
    failWith(error, which = () => true) {
      failure = error
      fails = which
    },
    taken: (id) => takenOf(id).promise,
    [Symbol.asyncDispose]: () => consumer.stop(),
  }
}
