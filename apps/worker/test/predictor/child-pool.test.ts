import { execFileSync } from 'node:child_process'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { afterEach, describe, expect, test } from 'vitest'
import { type ChildPool, type ChildPoolOptions, createChildPool } from '../../src/predictor/child-pool.ts'
import { childrenOf } from './child-processes.ts'

const never = new AbortController().signal
let pool: ChildPool

afterEach(async () => {
  await pool.close()
  const left = childrenOf(process.pid, '-child.ts')
  if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`)
})

describe('a child that dies', () => {
  test('while predicting fails that request alone, and is replaced', async () => {
    pool = await startPool()
    await expect(run('die')).rejects.toMatchObject({
      code: 'worker_lost',
      retryable: true,
      message: 'The process that runs the model ended (signal SIGSEGV).',
    })
    expect(await run('fine')).toBe('fine')
    expect(pool.status()).toMatchObject({ restarts: 1, busy: 0, ready: true })
  })

  test('while it waits is replaced without anybody noticing', async () => {
    pool = await startPool()
    const [pid = 0] = childrenOf(process.pid, 'fragile-child.ts')
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => pool.status().restarts).toBe(1)
    expect(await run('fine')).toBe('fine')
  })

  test('while it loads a model makes that model unavailable, and after two it is not tried again', async () => {
    pool = await startPool()
    for (let time = 0; time < 4; time++) {
      await expect(run('deadly')).rejects.toMatchObject({
        code: 'model_unavailable',
        message: 'Model deadly@1 cannot be loaded. The process that runs the model ended (exit code 3).',
      })
    }
    expect(await run('fine')).toBe('fine')
    expect(pool.status().restarts).toBe(2)
    expect(pool.status().models.map(({ name, failure }) => [name, failure === null])).toEqual([
      ['fine', true],
      ['deadly', false],
    ])
  })

  test('while it loads a model beforehand does not keep the others from being served', async () => {
    pool = await startPool({ preload: [modelOf('deadly'), modelOf('fine')] })
    expect(await run('fine')).toBe('fine')
    expect(pool.status().models.find(({ name }) => name === 'deadly')?.failure).toMatch(/exit code 3/)
  })

  test('whenever it starts is a fault of the installation, which is told soon', async () => {
    pool = createChildPool({ ...OPTIONS, entry: new URL('./stillborn-child.ts', import.meta.url) })
    await expect(pool.started).rejects.toMatchObject({ message: expect.stringContaining('exit code 7') })
  })
})

describe('a child that hangs', () => {
  test('is killed after the time-out and replaced', async () => {
    pool = await startPool({ executionTimeoutMs: 300 })
    const before = childrenOf(process.pid, 'fragile-child.ts')
    await expect(run('hang')).rejects.toMatchObject({ code: 'execution_timeout', retryable: true })
    expect(await run('fine')).toBe('fine')
    expect(childrenOf(process.pid, 'fragile-child.ts')).not.toEqual(before)
  })

  test('is killed when its request is aborted', async () => {
    pool = await startPool()
    const abort = new AbortController()
    const hanging = run('hang', abort.signal)
    await expect.poll(() => pool.status().busy).toBe(1)
    abort.abort(new Error('canceled'))
    await expect(hanging).rejects.toThrow('canceled')
    expect(await run('fine')).toBe('fine')
  })

  test('lets what waits for it give up, without being killed for that', async () => {
    pool = await startPool({ executionTimeoutMs: 1000 })
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
    pool = await startPool()
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

test('a request goes to the child that has its model, if that is free', async () => {
  pool = await startPool({ slots: 2 })
  const pidOf = async (name: string) => {
    const reply = await pool.run(
      { type: 'predict', model: modelOf(name), image: new Uint8Array(), params: DEFAULT_PARAMS },
      never,
    )
    return 'outcome' in reply.result ? reply.result.outcome?.timings.inference_ms : undefined
  }
  const [a, b] = await Promise.all([pidOf('a'), pidOf('b')])
  expect(a).not.toBe(b)
  for (const name of ['b', 'b', 'a', 'b', 'a', 'a']) expect(await pidOf(name)).toBe(name === 'a' ? a : b)
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
  executionTimeoutMs: 10_000,
  modelsPerChild: 3,
  jobsPerChild: 1000,
  childRssLimitBytes: Number.POSITIVE_INFINITY,
  preload: [],
  entry: new URL('./fragile-child.ts', import.meta.url),
}

async function startPool(options: Partial<ChildPoolOptions> = {}): Promise<ChildPool> {
  const started = createChildPool({ ...OPTIONS, ...options })
  await started.started
  return started
}

/** Resolves to the name of the model that answered. */
async function run(name: string, signal = never): Promise<string> {
  const request = {
    type: 'predict',
    model: modelOf(name),
    image: Buffer.from('an image'),
    params: DEFAULT_PARAMS,
  } as const
  const { result } = await pool.run(request, signal)
  if (!('outcome' in result) || !result.outcome) throw new Error('there is no outcome')
  return result.outcome.view.prediction ?? ''
}

function modelOf(name: string): ModelPackage {
  const imgsz = { width: 32, height: 32 }
  const about = {
    task: 'classify',
    names: ['a'],
    imgsz,
    stride: 32,
    fit: 'crop',
    keypoints: null,
    endToEnd: null,
    bytes: 1,
    licence: null,
    description: null,
  } as const
  return { ...about, names: ['a'], name, version: '1', digest: `sha256:${name}`, path: `/models/${name}` }
}
