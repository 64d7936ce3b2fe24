import { afterEach, expect, test, vi } from 'vitest'
import { fetchRender } from './fetch-render.ts'

afterEach(() => vi.unstubAllGlobals())

function answering(...answers: Response[]) {
  vi.stubGlobal('fetch', async () => answers.shift() ?? Response.error())
}

test('what is not made yet is asked for again, when the gateway says', async () => {
  const slept: number[] = []
  answering(
    new Response('{}', { status: 202, headers: { 'retry-after': '3' } }),
    new Response('{}', { status: 202 }),
    new Response('picture'),
  )
  const blob = await fetchRender('/v1/jobs/1/annotated', async (ms) => void slept.push(ms))
  expect(await blob.text()).toBe('picture')
  expect(slept).toEqual([3000, 2000])
})

test('what cannot be made is a problem', async () => {
  answering(new Response(JSON.stringify({ code: 'image_not_found', detail: 'Gone.' }), { status: 404 }))
  await expect(fetchRender('/v1/jobs/1/annotated', async () => {})).rejects.toMatchObject({
    code: 'image_not_found',
    message: 'Gone.',
  })
})
