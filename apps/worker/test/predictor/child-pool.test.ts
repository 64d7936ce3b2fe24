import { execFileSync } from 'node:child_process'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { aModelPackage } from '../../../../packages/core/test/model-packages.ts'
import { type ChildPool, type ChildPoolOptions, createChildPool } from '../../src/predictor/child-pool.ts'
import { childrenOf } from './child-processes.ts'

// Many processes one after the other: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 60_000 })
const never = new AbortController().signal
let pool: ChildPool

afterEach(async () => {
  await pool.close()
  const left = childrenOf(process.pid, '-child.ts')
  if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`)
})

describe('a child that dies', () => {
  test('while predicting fails that request alone, and is replaced', async () => {
    pool = await startPool({ preload: [aModelPackage('die'), aModelPackage('fine')] })
    await expect(run('die')).rejects.toMatchObject({
      code: 'worker_lost',
      retryable: true,
      message: 'The process that runs the model ended (signal SIGSEGV).',
    })
    expect(await run('fine')).toBe('fine')
    expect(pool.status()).toMatchObject({ busy: 0, ready: true })
  })

  test('while it waits is replaced without anybody noticing', async () => {
    pool = await startPool({ preload: [aModelPackage('fine')] })
    const [pid = 0] = childrenOf(process.pid, 'fragile-child.ts')
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => pool.status().restarts, { timeout: 15_000 }).toBe(1)
    expect(await run('fine')).toBe('fine')
  })

  test('while it loads a model makes that model unavailable, and after two it is not tried again', async () => {
    pool = await startPool({ preload: [aModelPackage('fine')], failedLoadRestMs: 0 })
    const [serving] = childrenOf(process.pid, 'fragile-child.ts')
    for (let time = 0; time < 4; time++) {
      await expect(run('deadly')).rejects.toMatchObject({
        code: 'model_unavailable',
        message: 'Model deadly@1 cannot be loaded. The process that runs the model ended (exit code 3).',
      })
    }
    expect(await run('fine')).toBe('fine')
    expect(childrenOf(process.pid, 'fragile-child.ts')).toEqual([serving])
    expect(pool.status().models.map(({ name, failure }) => [name, failure === null])).toEqual([
      ['fine', true],
      ['deadly', false],
    ])
  })

  test('while it loads a model beforehand does not keep the others from being served', async () => {
    pool = await startPool({ preload: [aModelPackage('deadly'), aModelPackage('fine')] })
    expect(await run('fine')).toBe('fine')
    expect(pool.status().models.find(({ name }) => name === 'deadly')?.failure).toMatch(/exit code 3/)
  })

  test('whenever it starts is a fault of the installation, which is told soon', async () => {
    pool = createChildPool({ ...OPTIONS, entry: new URL('./stillborn-child.ts', import.meta.url) })
    await expect(pool.started).rejects.toMatchObject({ message: expect.stringContaining('exit code 7') })
  })
})

test('what a child writes to its standard error is told with the trace of the job it had', async () => {
  const warnings: unknown[] = []
  const logger = { info: () => {}, error: () => {}, warn: (...said: unknown[]) => void warnings.push(said) }
  pool = await startPool({ preload: [aModelPackage('fine')], logger })
  const work = {
    image: Buffer.from('mutter'),
    model: aModelPackage('fine'),
    params: DEFAULT_PARAMS,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  }
  await pool.run(work, never)
  await expect
    .poll(() => warnings)
    .toEqual([
      [
        { child: expect.any(Number), trace_id: work.traceId, line: 'a warning of libvips' },
        'a child process wrote to its standard error',
      ],
    ])
})

describe('a child that hangs', () => {
  test('is killed after the time-out and replaced', async () => {
    pool = await startPool({ ...HANGING, executionTimeoutMs: 300 })
    const before = childrenOf(process.pid, 'fragile-child.ts')
    await expect(run('hang')).rejects.toMatchObject({ code: 'execution_timeout', retryable: true })
    expect(await run('fine')).toBe('fine')
    expect(childrenOf(process.pid, 'fragile-child.ts')).not.toEqual(before)
  })

  test('is killed when its request is aborted', async () => {
    pool = await startPool(HANGING)
    const abort = new AbortController()
    const hanging = run('hang', abort.signal)
    await expect.poll(() => pool.status().busy).toBe(1)
    abort.abort(new Error('canceled'))
    await expect(hanging).rejects.toThrow('canceled')
    expect(await run('fine')).toBe('fine')
  })

  test('lets what waits for it give up, without being killed for that', async () => {
    pool = await startPool({ ...HANGING, executionTimeoutMs: 1000 })
    const hanging = run('hang')
    const abort = new AbortController()
    const waiting = run('fine', abort.signal)
    expect(pool.status().waiting).toBe(1)
    abort.abort(new Error('canceled'))
    await expect(waiting).rejects.toThrow('canceled')
    expect(pool.status()).toMatchObject({ waiting: 0, busy: 1 })
    await expect(hanging).rejects.toMatchObject({ code: 'execution_timeout' })
  })

  test('does not keep the pool from closing; what runs and waits is told so', async () => {
    pool = await startPool(HANGING)
    const both = [run('hang'), run('fine')].map((answer) =>
      answer.catch(({ code }: { code: string }) => code),
    )
    await pool.close()
    await pool.close()
    expect(await Promise.all(both)).toEqual(['service_stopping', 'service_stopping'])
    await expect(run('fine')).rejects.toMatchObject({ code: 'service_stopping' })
  })
})

test('a child that is worn serves until its successor is ready, and nothing fails', async () => {
  pool = await startPool({ jobsPerChild: 5 })
  const answers: string[] = []
  while (pool.status().restarts < 3) answers.push(await run('fine'))
  expect(new Set(answers)).toEqual(new Set(['fine']))
})

describe('a model that no child has', () => {
  test('is loaded beside the child that serves, which others need not wait for', async () => {
    pool = await startPool({ preload: [aModelPackage('fine')] })
    const before = await pidOf('fine')
    const slow = pidOf('slow')
    let fineMeanwhile = 0
    void slow.finally(() => (fineMeanwhile = Number.NaN))
    while (!Number.isNaN(fineMeanwhile) && fineMeanwhile < 20) {
      expect(await pidOf('fine')).toBe(before)
      fineMeanwhile++
    }
    expect(fineMeanwhile).toBe(20)
    const after = await slow
    expect(after).not.toBe(before)
    expect([await pidOf('fine'), await pidOf('slow')]).toEqual([after, after])
    await expect.poll(fragileChildren, { timeout: 15_000 }).toBe(1)
  })

  test('is loaded once for all who ask, their time starting when it is there', async () => {
    pool = await startPool({ preload: [aModelPackage('fine')], executionTimeoutMs: 200 })
    const answers = await Promise.all(Array.from({ length: 10 }, () => run('slow')))
    expect(new Set(answers)).toEqual(new Set(['slow']))
    expect(pool.status().restarts).toBe(1)
  })

  test('and then another one are loaded one after the other, with one child more at a time', async () => {
    pool = await startPool({ slots: 2, preload: [aModelPackage('fine')] })
    let most = 0
    const count = setInterval(() => (most = Math.max(most, fragileChildren())), 50)
    const answers = await Promise.all(['slow1', 'slow2', 'fine', 'slow1', 'slow2'].map((name) => run(name)))
    expect(answers).toEqual(['slow1', 'slow2', 'fine', 'slow1', 'slow2'])
    // Copies follow in the other slot, as there is room.
    await expect.poll(() => pool.status().restarts, { timeout: 15_000 }).toBe(3)
    clearInterval(count)
    expect(most).toBeLessThanOrEqual(3)
    await expect.poll(fragileChildren, { timeout: 15_000 }).toBe(2)
    expect(
      pool
        .status()
        .models.map(({ name }) => name)
        .toSorted(),
    ).toEqual(['fine', 'slow1', 'slow2'])
  })

  test('and cannot be loaded is refused to all who wait for it, and again without another try', async () => {
    pool = await startPool({ preload: [aModelPackage('fine')] })
    const [serving] = childrenOf(process.pid, 'fragile-child.ts')
    const unavailable = { code: 'model_unavailable', message: 'It is broken.' }
    const answers = await Promise.allSettled([run('broken'), run('fine'), run('broken')])
    expect(answers).toMatchObject([{ reason: unavailable }, { value: 'fine' }, { reason: unavailable }])
    const startMs = performance.now()
    await expect(run('broken')).rejects.toMatchObject(unavailable)
    expect(performance.now() - startMs).toBeLessThan(100)
    expect(childrenOf(process.pid, 'fragile-child.ts')).toEqual([serving])
  })

  test('and does not know its own pictures is refused, and counted', async () => {
    pool = await startPool({ preload: [aModelPackage('fine')] })
    await expect(run('blind')).rejects.toMatchObject({ code: 'model_unavailable', message: 'It is blind.' })
    expect(pool.status()).toMatchObject({ ready: true, restarts: 0 })
    expect(pool.status().selfTests).toContainEqual({ model: 'blind@1', passed: 0, failed: 1 })
  })

  test('and never ends loading is given up', async () => {
    pool = await startPool({ preload: [aModelPackage('fine')], loadTimeoutMs: 2000 })
    const endless = run('endless')
    expect(await run('fine')).toBe('fine')
    await expect(endless).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringMatching(/^Model endless@1 cannot be loaded\./),
    })
    expect(await run('fine')).toBe('fine')
  })

  test('and whose loading is killed from outside is not to blame, and loaded again', async () => {
    pool = await startPool({ preload: [aModelPackage('fine')] })
    const [serving] = childrenOf(process.pid, 'fragile-child.ts')
    const slow = run('slow')
    const spare = () => childrenOf(process.pid, 'fragile-child.ts').find((pid) => pid !== serving)
    await expect.poll(spare, { timeout: 15_000 }).toBeDefined()
    process.kill(spare() ?? -1, 'SIGKILL')
    expect(await slow).toBe('slow')
  })

  test('is loaded before anybody asks for it, if so told', async () => {
    pool = await startPool({ preload: [aModelPackage('fine')] })
    pool.prepare(aModelPackage('slow'))
    pool.prepare(aModelPackage('slow'))
    pool.prepare(aModelPackage('broken'))
    await expect
      .poll(() => pool.status().models.map(({ name, failure }) => `${name} ${failure}`), { timeout: 15_000 })
      .toEqual(['slow null', 'fine null', 'broken It is broken.'])
    pool.prepare(aModelPackage('slow'))
    expect(await run('slow')).toBe('slow')
    expect(pool.status().restarts).toBe(1)
  })

  test('takes the place of the one asked for longest ago, but never of the pinned one', async () => {
    pool = await startPool({ modelsPerChild: 2, preload: [aModelPackage('fine'), aModelPackage('a')] })
    const loaded = () =>
      pool
        .status()
        .models.map(({ name }) => name)
        .toSorted()
    for (const name of ['b', 'c', 'b']) {
      expect(await run(name)).toBe(name)
      expect(loaded()).toEqual([name, 'fine'])
    }
    pool.pin(aModelPackage('b'))
    expect(await run('c')).toBe('c')
    expect(loaded()).toEqual(['b', 'c'])
  })

  test('keeps no more than some waiting for it; others are sent elsewhere, and it is loaded', async () => {
    pool = await startPool({ preload: [aModelPackage('fine')], waitingForLoadLimit: 1 })
    const first = run('slow')
    await expect(run('slow')).rejects.toMatchObject({ code: 'worker_not_ready', retryable: true })
    await expect(run('a')).rejects.toMatchObject({ code: 'worker_not_ready' })
    expect(await run('fine')).toBe('fine')
    expect(await first).toBe('slow')
    await expect.poll(() => run('a').catch(() => ''), { timeout: 15_000 }).toBe('a')
  })
})

test('the models of a child that died come back: first the one that was asked for last, then the others', async () => {
  pool = await startPool({ preload: [aModelPackage('fine'), aModelPackage('slow1'), aModelPackage('slow2')] })
  const [pid = 0] = childrenOf(process.pid, 'fragile-child.ts')
  await run('slow2')
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => pool.status().ready, { interval: 5 }).toBe(false)
  expect(await run('slow2')).toBe('slow2')
  expect(pool.status().models.map(({ name }) => name)).toEqual(['slow2'])
  await expect.poll(() => pool.status().models.length, { timeout: 15_000 }).toBe(3)
})

describe('a self-test', () => {
  test('that fails replaces the child at once, says how many answers are suspect, and is counted', async () => {
    const errors: unknown[][] = []
    const logger = { info: () => {}, warn: () => {}, error: (...said: unknown[]) => void errors.push(said) }
    pool = await startPool({ preload: [aModelPackage('fine')], selfTestEveryMs: 100, logger })
    const [child] = childrenOf(process.pid, 'fragile-child.ts')
    await expect.poll(() => pool.status().selfTests[0]?.passed ?? 0, { timeout: 15_000 }).toBeGreaterThan(2)
    expect(pool.status().selfTests).toMatchObject([{ model: 'fine@1', failed: 0 }])

    await run('fine', never, 'spoil')
    await expect.poll(() => pool.status().selfTests[0]?.failed, { timeout: 15_000 }).toBe(1)
    await expect.poll(() => pool.status().ready, { timeout: 15_000 }).toBe(true)
    expect(errors).toEqual([[{ child, suspect_answers: 1 }, 'It is spoilt. Its process is replaced.']])
    expect(childrenOf(process.pid, 'fragile-child.ts')).not.toContain(child)
    expect(await run('fine')).toBe('fine')
  })

  test('comes between requests, however many there are', async () => {
    pool = await startPool({ preload: [aModelPackage('fine')], selfTestEveryMs: 50 })
    const until = performance.now() + 500
    while (performance.now() < until) await Promise.all(Array.from({ length: 5 }, () => run('fine')))
    expect(pool.status().selfTests[0]?.passed).toBeGreaterThan(4)
  })
})

describe('a model that computes several images at once', () => {
  const SEVERAL = {
    preload: [aModelPackage('several'), aModelPackage('several-more'), aModelPackage('fine')],
    batch: { atMost: 4, measure: false },
  }
  /** Resolves to how many images were computed together. */
  const batchOf = async (image = 'an image', signal = never, name = 'several') => {
    const work = { model: aModelPackage(name), image: Buffer.from(image), params: DEFAULT_PARAMS }
    return (await pool.run(work, signal)).timings.preprocess_ms
  }
  const outcomes = (answers: Promise<unknown>[]) =>
    Promise.all(answers.map((answer) => answer.catch(({ code, message }) => code ?? message)))

  test('is given what waits for it, as much as it takes, and never waits for more', async () => {
    pool = await startPool(SEVERAL)
    const answers = Array.from({ length: 10 }, () => batchOf())
    expect(await Promise.all(answers)).toEqual([4, 4, 4, 4, 4, 4, 4, 4, 2, 2])
  })

  test('is given no images that are meant for another model', async () => {
    pool = await startPool(SEVERAL)
    const names = ['several', 'several', 'several-more', 'fine', 'several', 'several-more']
    const answers = names.map((name) => batchOf('an image', never, name))
    expect(await Promise.all(answers)).toEqual([3, 3, 2, 1, 3, 2])
  })

  test('refuses one image, and answers those beside it', async () => {
    pool = await startPool(SEVERAL)
    const answers = ['a', 'bad', 'b', 'c'].map((image) => batchOf(image))
    expect(await outcomes(answers)).toEqual([4, 'image_unreadable', 4, 4])
    expect(pool.status().restarts).toBe(0)
  })

  test('is ended by one image, and those beside it are answered, each alone', async () => {
    pool = await startPool({ ...SEVERAL, preload: SEVERAL.preload.slice(0, 1) })
    const answers = ['a', 'crash', 'b', 'c'].map((image) => batchOf(image))
    expect(await outcomes(answers)).toEqual([1, 'worker_lost', 1, 1])
    // Once with the others, and once alone.
    expect(pool.status().restarts).toBe(2)
  })

  test('lets one image go that nobody wants any more, and ends when nobody wants any', async () => {
    pool = await startPool({ ...SEVERAL, preload: SEVERAL.preload.slice(0, 1) })
    const unwanted = new AbortController()
    const answers = [batchOf(), batchOf('an image', unwanted.signal), batchOf()]
    await expect.poll(() => pool.status().busy, { interval: 5 }).toBe(1)
    unwanted.abort(new Error('canceled'))
    expect(await outcomes(answers)).toEqual([3, 'canceled', 3])
    expect(pool.status().restarts).toBe(0)

    const all = new AbortController()
    const others = [batchOf('an image', all.signal), batchOf('an image', all.signal)]
    await expect.poll(() => pool.status().busy, { interval: 5 }).toBe(1)
    all.abort(new Error('canceled'))
    expect(await outcomes(others)).toEqual(['canceled', 'canceled'])
    await expect.poll(() => pool.status().restarts, { timeout: 15_000 }).toBe(1)
    expect(await batchOf()).toBe(1)
  })

  test('lets the pool have more in hand, while some child has it', async () => {
    const told: number[] = []
    pool = await startPool({ ...SEVERAL, slots: 2, onCapacity: (images) => told.push(images) })
    expect(told).toEqual([8])
  })
})

test('a pool that is closed while it starts leaves nothing behind', async () => {
  pool = createChildPool(OPTIONS)
  await pool.close()
  await expect(pool.started).rejects.toMatchObject({ code: 'service_stopping' })
})

test('secrets of the worker are not passed on to its children', async () => {
  process.env.API_KEYS = 'a secret'
  pool = await startPool()
  delete process.env.API_KEYS
  const [pid = 0] = childrenOf(process.pid, 'fragile-child.ts')

  expect(execFileSync('ps', ['eww', '-p', String(pid)], { encoding: 'utf8' })).not.toContain('a secret')
})

const OPTIONS: ChildPoolOptions = {
  slots: 1,
  threads: 1,
  maxImagePixels: 50_000_000,
  executionTimeoutMs: 10_000,
  loadTimeoutMs: 10_000,
  failedLoadRestMs: 60_000,
  waitingForLoadLimit: Number.POSITIVE_INFINITY,
  selfTestEveryMs: 0,
  batch: { atMost: 1, measure: false },
  modelsPerChild: 3,
  jobsPerChild: 1000,
  childRssLimitBytes: Number.POSITIVE_INFINITY,
  preload: [],
  entry: new URL('./fragile-child.ts', import.meta.url),
}

const HANGING = { preload: [aModelPackage('fine'), aModelPackage('hang')] }

async function startPool(options: Partial<ChildPoolOptions> = {}): Promise<ChildPool> {
  // At once, so that it is closed whatever becomes of the test.
  pool = createChildPool({ ...OPTIONS, ...options })
  await pool.started
  return pool
}

/** Resolves to the name of the model that answered. */
async function run(name: string, signal = never, image = 'an image'): Promise<string> {
  const work = { model: aModelPackage(name), image: Buffer.from(image), params: DEFAULT_PARAMS }
  return (await pool.run(work, signal)).view.prediction ?? ''
}

/** Resolves to the process that answered. */
async function pidOf(name: string): Promise<number> {
  const work = { model: aModelPackage(name), image: new Uint8Array(), params: DEFAULT_PARAMS }
  return (await pool.run(work, never)).timings.inference_ms
}

const fragileChildren = () => childrenOf(process.pid, 'fragile-child.ts').length
