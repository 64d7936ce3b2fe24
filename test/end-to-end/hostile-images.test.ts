import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { expect, test } from 'vitest'
import { GPS_SECRET, type HostileImage, hostileImages } from '../../apps/worker/test/hostile-images.ts'
import { type Lupa, post, type Submitted, startLupa } from './lupa.ts'

const AT_ONCE = 4
const REFUSALS = ['image_missing', 'image_too_many_pixels', 'image_unreadable', 'unsupported_image_type']
const FAILURES = ['image_too_many_pixels', 'image_unreadable']
/** Of a process that decodes pictures, and of one that does not. */
const MAX_CHILD_MB = 512
const MAX_OTHER_MB = 400

test('pictures made to hurt are refused or decided, each by itself, and nothing dies, grows or tells of them', {
  timeout: 240_000,
}, async () => {
  const images = await hostileImages()
  await using lupa = await startLupa({ WORKERS: '1', WORKER_SLOTS: '2', LOG_LEVEL: 'debug' })
  const before = pidsOf(lupa)

  const line = images.values()
  const wrong: string[] = []
  const send = async () => {
    for (const image of line) {
      const answer = await post(`${lupa.url}/v1/jobs`, image.bytes, {
        name: `${image.name}.jpg`,
        headers: { prefer: 'wait=60', 'cache-control': 'no-cache' },
      })
      const fate = fateOf(answer)
      if (!isRight(image, fate))
        wrong.push(`${image.name}: ${fate}, not ${image.fate}: ${JSON.stringify(answer.body)}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, send))

  expect(wrong).toEqual([])
  expect(pidsOf(lupa)).toEqual(before)
  expect(tooLarge(lupa)).toEqual([])
  // Where somebody was is in the pictures alone.
  expect(lupa.log()).not.toContain(GPS_SECRET)
  const holding = filesOf(lupa).filter(({ bytes }) => bytes.includes(GPS_SECRET))
  expect(holding.map(({ path }) => path.split(sep)[0])).toEqual(['images'])
  const innocent = readFileSync(join(import.meta.dirname, '../../models/bottle-status/samples/aberta-1.jpg'))
  const after = await post(`${lupa.url}/v1/jobs`, innocent, { headers: { prefer: 'wait=60' } })
  expect(after.body).toMatchObject({ status: 'succeeded', prediction: 'aberta' })
})

/** In a word of the fates, or what it was instead. */
function fateOf({ status, body }: Submitted): string {
  if ([400, 413, 415, 422].includes(status) && REFUSALS.includes(body.code ?? '')) return 'refused'
  if (status === 200 && body.status === 'succeeded' && body.attempt === 1) return 'predicted'
  const { code } = (body.error ?? {}) as { code?: string }
  if (status === 200 && body.status === 'failed' && body.attempt === 1 && FAILURES.includes(code ?? ''))
    return 'unreadable'
  return `${status} ${body.status} ${code ?? body.code} in attempt ${body.attempt}`
}

function isRight({ fate }: HostileImage, was: string): boolean {
  if (fate === 'decided') return ['refused', 'unreadable', 'predicted'].includes(was)
  return fate === 'unreadable' ? ['refused', 'unreadable'].includes(was) : fate === was
}

function pidsOf(lupa: Lupa): number[] {
  return lupa
    .processes()
    .map(({ pid }) => pid)
    .toSorted((a, b) => a - b)
}

/** The most memory that each process ever had, by what it is. */
function tooLarge(lupa: Lupa): string[] {
  return lupa.processes().flatMap(({ pid, command }) => {
    const most = /predictor\/child/.test(command) ? MAX_CHILD_MB : MAX_OTHER_MB
    const kib = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    return kib / 1000 > most ? [`${command} had ${kib / 1000} MB`] : []
  })
}

function filesOf({ dataDirectory }: Lupa): { path: string; bytes: Buffer }[] {
  return readdirSync(dataDirectory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: path.slice(dataDirectory.length + 1), bytes: readFileSync(path) }))
}
