import { getPriority } from 'node:os'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import sharp from 'sharp'
import { afterEach, expect, test } from 'vitest'
import type { RenderRequest } from '../src/renderer/render-messages.ts'
import { createRenderer, type Renderer } from '../src/renderer/renderer.ts'
import { childrenOf } from './predictor/child-processes.ts'

const opened: Renderer[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((renderer) => renderer.close()))
})

function open(options: Partial<Parameters<typeof createRenderer>[0]> = {}): Renderer {
  const renderer = createRenderer({ maxImagePixels: 50_000_000, ...options })
  opened.push(renderer)
  return renderer
}

const never = new AbortController().signal
const PNG = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#884422' } })
  .png()
  .toBuffer()

const request = (image: Uint8Array = PNG): RenderRequest => ({
  type: 'render',
  image,
  job: {
    id: '019ab0c8-5c00-7a1e-8f3a-2b6d1c9e4f70',
    created_at: '2026-11-23T12:00:00.000Z',
    image_name: null,
    image: { width: 64, height: 48, format: 'png' },
    model: { name: 'things', version: '1', task: 'classify' },
  },
  stored: { task: 'classify', top: [{ name: 'aberta', class: 0, confidence: 1 }] },
  params: DEFAULT_PARAMS,
  picture: { kind: 'plain', format: 'jpeg', maxSide: 4096 },
})

test('pictures are made in a process that lets models go first, and that ends when there is nothing to do', async () => {
  const renderer = open({ idleMs: 300 })
  const made = await renderer.render(request(), never)
  expect((await sharp(made).metadata()).format).toBe('jpeg')
  const [child] = childrenOf(process.pid, 'render-child')
  expect(getPriority(child)).toBe(10)
  await expect.poll(() => childrenOf(process.pid, 'render-child'), { timeout: 15_000 }).toEqual([])
  expect((await renderer.render(request(), never)).length).toBeGreaterThan(0)
})

test('what an image does to the process is told, and the next picture is made', async () => {
  const renderer = open()
  await renderer.render(request(), never)
  const [child] = childrenOf(process.pid, 'render-child')
  const killed = renderer.render(request(), never)
  process.kill(child ?? -1, 'SIGKILL')
  await expect(killed).rejects.toMatchObject({ code: 'worker_lost', retryable: true })
  expect((await renderer.render(request(), never)).length).toBeGreaterThan(0)
})

test('an image that cannot be read is told of, and the process goes on', async () => {
  const renderer = open()
  await renderer.render(request(), never)
  const before = childrenOf(process.pid, 'render-child')
  await expect(renderer.render(request(Buffer.from('no image')), never)).rejects.toMatchObject({
    code: 'image_unreadable',
  })
  await renderer.render(request(), never)
  expect(childrenOf(process.pid, 'render-child')).toEqual(before)
})

test('closing gives up what is being made', async () => {
  const renderer = open()
  const waiting = renderer.render(request(), never)
  waiting.catch(() => {})
  await renderer.close()
  await expect(waiting).rejects.toMatchObject({ code: 'service_stopping' })
  await expect(renderer.render(request(), never)).rejects.toMatchObject({ code: 'service_stopping' })
})
