import type { Job } from '@lupa/core/domain/job'
import { expect, test } from 'vitest'
import { noAnswer, Problem } from '../api/problem.ts'
import type { PictureToSend, SendPicture } from '../api/send-picture.ts'
import { createUploads } from './uploads.ts'

const aJob = (id: string) => ({ id, done: false, status: 'queued' }) as Job
const aPicture = (name: string) => ({ name, file: new Blob([name]) })
const busy = (retryAfterMs: number | null) =>
  new Problem({ status: 429, code: 'rate_limited', title: 'Too much', detail: 'Too much.', retryAfterMs })

/** Uploads whose sending is in the test's hand, and whose sleep takes no time. */
function setUp(send: (picture: PictureToSend, tries: number) => Promise<Job>) {
  const slept: number[] = []
  const keys = new Map<string, Set<string>>()
  const tries = new Map<string, number>()
  let atOnce = 0
  let most = 0
  let made = 0
  const counted: SendPicture = async (picture) => {
    tries.set(picture.name, (tries.get(picture.name) ?? 0) + 1)
    keys.set(picture.name, (keys.get(picture.name) ?? new Set()).add(picture.idempotencyKey))
    atOnce += 1
    most = Math.max(most, atOnce)
    try {
      return await send(picture, tries.get(picture.name) ?? 0)
    } finally {
      atOnce -= 1
    }
  }
  const uploads = createUploads({
    send: counted,
    newKey: () => String((made += 1)),
    sleep: async (ms) => void slept.push(ms),
    now: () => 1000,
  })
  return { uploads, slept, keys, mostAtOnce: () => most, triesOf: (name: string) => tries.get(name) }
}

test('many pictures are sent three at a time, in their order', async () => {
  const order: string[] = []
  const { uploads, mostAtOnce } = setUp(async ({ name }) => {
    order.push(name)
    await Promise.resolve()
    return aJob(name)
  })
  const names = Array.from({ length: 20 }, (_, number) => `picture ${number}`)
  const done = await uploads.add(names.map(aPicture), { model: 'bottles' })
  expect(done.map(({ state, job }) => [state, job?.id])).toEqual(names.map((name) => ['accepted', name]))
  expect(order).toEqual(names)
  expect(mostAtOnce()).toBe(3)
})

test('a picture that the service has no room for is sent again when it says, as the same request', async () => {
  const { uploads, slept, keys } = setUp(async ({ name }, tries) => {
    if (tries <= 2) throw busy(tries === 1 ? 7000 : null)
    return aJob(name)
  })
  const [upload] = await uploads.add([aPicture('one')], {})
  expect(upload).toMatchObject({ state: 'accepted', problem: null })
  expect(slept).toEqual([7000, 2000])
  expect(keys.get('one')?.size).toBe(1)
})

test('silence is borne a few times; what is wrong is not tried again', async () => {
  const silent = setUp(async () => Promise.reject(noAnswer()))
  expect((await silent.uploads.add([aPicture('one')], {}))[0]).toMatchObject({ state: 'refused' })
  expect(silent.triesOf('one')).toBe(6)

  const wrong = new Problem({
    status: 415,
    code: 'unsupported_image_type',
    title: 'No',
    detail: 'No picture.',
  })
  const refused = setUp(async () => Promise.reject(wrong))
  expect((await refused.uploads.add([aPicture('one')], {}))[0]).toMatchObject({
    state: 'refused',
    problem: wrong,
  })
  expect(refused.triesOf('one')).toBe(1)
})

test('one that is refused holds up none of the others', async () => {
  const { uploads } = setUp(async ({ name }) => {
    if (name === 'bad') throw new Problem({ status: 415, code: 'x', title: 'x', detail: 'x' })
    return aJob(name)
  })
  const done = await uploads.add(['bad', 'good', 'better'].map(aPicture), {})
  expect(done.map(({ state }) => state)).toEqual(['refused', 'accepted', 'accepted'])
})

test('a picture can be taken back before it is sent, and the list cleared of what is over', async () => {
  const held = Promise.withResolvers<void>()
  const { uploads, triesOf } = setUp(async ({ name }) => {
    await held.promise
    return aJob(name)
  })
  const all = uploads.add(['a', 'b', 'c', 'd'].map(aPicture), {})
  const last = uploads.list.value.find(({ name }) => name === 'd')
  uploads.remove(last?.key ?? '')
  held.resolve()
  expect((await all).map(({ state }) => state)).toEqual(['accepted', 'accepted', 'accepted', 'removed'])
  expect(triesOf('d')).toBeUndefined()
  uploads.update({ ...aJob('a'), done: true, status: 'succeeded' })
  expect(uploads.list.value.find(({ name }) => name === 'a')?.job?.done).toBe(true)
  uploads.clear()
  expect(uploads.list.value).toEqual([])
})
