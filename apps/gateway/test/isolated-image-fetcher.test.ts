import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  createIsolatedImageFetcher,
  type IsolatedImageFetcherOptions,
} from '../src/fetcher/isolated-image-fetcher.ts'
import { SILENT } from './gateway-under-test.ts'
import { type ImageServer, startImageServer } from './image-server.ts'
import { newImage } from './requests.ts'

const HOSTILE = new URL('./fetcher/hostile-child.ts', import.meta.url)
const IMAGE = newImage()
const SLOW_MS = 300

let server: ImageServer
let underway = 0
let mostUnderway = 0
beforeAll(async () => {
  server = await startImageServer(async ({ url }, response) => {
    mostUnderway = Math.max(mostUnderway, ++underway)
    if (url === '/slow.png') await sleep(SLOW_MS)
    if (url === '/inside') response.writeHead(302, { location: 'http://10.0.0.1/' })
    underway -= 1
    response.end(IMAGE)
  })
})
afterAll(() => server[Symbol.asyncDispose]())

/** As a URL of the same server, under a name that the hostile child knows. */
const at = (host: string, path = '/image.png') => server.url.replace('127.0.0.1', host) + path

function openFetcher(options: Partial<IsolatedImageFetcherOptions> = {}) {
  const fetcher = createIsolatedImageFetcher({
    outbound: { allow: [], allowLoopback: true },
    maxImageBytes: 50_000,
    logger: SILENT,
    entry: HOSTILE,
    ...options,
  })
  onTestFinished(() => fetcher.close())
  return fetcher
}

describe('an image is fetched in a process of its own', () => {
  test('that says what one in our own would', async () => {
    const fetcher = openFetcher()
    const { image, imageName } = await fetcher.fetch(`${server.url}/image.png`)
    expect(image.equals(IMAGE)).toBe(true)
    expect(imageName).toBe('image.png')
    await expect(fetcher.fetch('https://10.0.0.1/')).rejects.toMatchObject({ code: 'image_url_refused' })
    await expect(fetcher.fetch(`${server.url}/inside`)).rejects.toMatchObject({ code: 'image_url_refused' })
    const small = openFetcher({ maxImageBytes: 10 })
    await expect(small.fetch(`${server.url}/image.png`)).rejects.toMatchObject({ code: 'image_too_large' })
  })

  test('that knows no setting, and may read, write and start nothing', async () => {
    const fetcher = openFetcher({ entry: new URL('./fetcher/spying-child.ts', import.meta.url) })
    process.env.API_PASSWORD = 'a password'
    onTestFinished(() => void delete process.env.API_PASSWORD)
    const { image } = await fetcher.fetch(`${server.url}/image.png`)
    const { environment, attempts } = JSON.parse(image.toString())
    // Where certificates are, at most.
    expect(environment.filter((name: string) => !/^(NODE_EXTRA|SSL)_/.test(name))).toEqual([])
    const outcomes = new Set(Object.values(attempts))
    expect([...outcomes]).toEqual(['ERR_ACCESS_DENIED', 'ERR_DLOPEN_DISABLED'])
  })

  test.each([
    ['crash.localhost', 'SIGABRT'],
    ['exit.localhost', 'exit code 0'],
    ['hang.localhost', 'SIGKILL'],
    ['grow.localhost', 'too much memory'],
  ])(
    'whose end at %s is told to whoever asked for that, and to nobody else',
    async (host, how) => {
      const fetcher = openFetcher({ timeoutMs: 1500 })
      await fetcher.fetch(`${server.url}/image.png`)
      const others = Array.from({ length: 3 }, () => fetcher.fetch(`${server.url}/slow.png`))
      const fatal = fetcher.fetch(at(host))
      await expect(fatal).rejects.toMatchObject({
        code: 'image_url_failed',
        message: expect.stringContaining(how),
      })
      for (const { image } of await Promise.all(others)) expect(image.equals(IMAGE)).toBe(true)
      expect((await fetcher.fetch(`${server.url}/image.png`)).imageName).toBe('image.png')
    },
    30_000,
  )

  test('as many at once as there are places, and the rest after them', async () => {
    const fetcher = openFetcher({ atOnce: 3 })
    mostUnderway = 0
    await Promise.all(Array.from({ length: 9 }, () => fetcher.fetch(`${server.url}/slow.png`)))
    expect(mostUnderway).toBe(3)
  })

  test('as many at once as there are places, and those that would wait too long are told so', async () => {
    const fetcher = openFetcher({ atOnce: 1, timeoutMs: SLOW_MS * 3 })
    const all = await Promise.allSettled(
      Array.from({ length: 12 }, () => fetcher.fetch(`${server.url}/slow.png`)),
    )
    const late = all.filter(({ status }) => status === 'rejected')
    expect(late.length).toBeGreaterThan(0)
    expect(late.length).toBeLessThan(12)
    for (const one of late) expect(one).toMatchObject({ reason: { code: 'fetcher_unavailable' } })
  })

  test('unless none can be started, which is nobody’s fault who asked', async () => {
    const fetcher = openFetcher({ entry: new URL('./fetcher/no-such-child.ts', import.meta.url) })
    await expect(fetcher.fetch(`${server.url}/image.png`)).rejects.toMatchObject({
      code: 'fetcher_unavailable',
      retryable: true,
    })
  })

  test('for nobody any more once the service stops', async () => {
    const fetcher = openFetcher()
    await fetcher.fetch(`${server.url}/image.png`)
    await fetcher.close()
    await expect(fetcher.fetch(`${server.url}/image.png`)).rejects.toMatchObject({ code: 'service_stopping' })
  })
})
