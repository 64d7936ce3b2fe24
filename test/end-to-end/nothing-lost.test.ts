import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from '@lupa/core/domain/job'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { distinct, getJson, type Lupa, post, startLupa, untilDone } from './lupa.ts'

const SAMPLES = join(import.meta.dirname, '../../models/bottle-status/samples')
const closed = readFileSync(join(SAMPLES, 'fechada-1.jpg'))

describe('two hundred pictures, sixteen at a time', () => {
  let lupa: Lupa

  beforeAll(async () => {
    lupa = await startLupa({ WORKERS: '2' })
  })
  afterAll(() => lupa[Symbol.asyncDispose]())

  test('all succeed, none twice', async () => {
    const jobs = await submitAll(lupa.url, 'calm')
    expectAllSucceeded(jobs)
    expect(jobs.every(({ attempt }) => attempt === 1)).toBe(true)
  })

  test('all succeed although a child, a worker and Redis are killed in the middle', async () => {
    const submitted = submitAll(lupa.url, 'killed')
    for (const victim of [/predictor\/child/, /apps\/worker\/src\/main/, /redis-server/]) {
      await sleep(300)
      const process_ = lupa.processes().find(({ command }) => victim.test(command))
      expect(process_, `${victim} runs`).toBeDefined()
      if (process_) process.kill(process_.pid, 'SIGKILL')
    }
    const jobs = await submitted
    expectAllSucceeded(jobs)
  }, 90_000)

  test('the list holds each of them once', async () => {
    const seen: Job[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor ? `&cursor=${cursor}` : ''
      const page: Page = await getJson(`${lupa.url}/v1/jobs?limit=100${query}`)
      seen.push(...page.data)
      cursor = page.next_cursor
    } while (cursor)
    expect(seen).toHaveLength(400)
    expect(new Set(seen.map(({ id }) => id)).size).toBe(400)
    expect(seen.every(({ status }) => status === 'succeeded')).toBe(true)
  })

  test('SIGTERM drains: what was accepted is finished or still recorded, and nothing is left running', async () => {
    const accepted = await Promise.all(
      Array.from({ length: 8 }, (_, at) => post(`${lupa.url}/v1/jobs`, distinct(closed, `drain ${at}`))),
    )
    expect(accepted.map(({ status }) => status)).toEqual(Array(8).fill(202))
    const before = lupa.processes()
    expect(await lupa.stop()).toBe(0)
    expect(before.filter(({ pid }) => isAlive(pid))).toEqual([])

    const again = await startLupa({ DATA_DIR: lupa.dataDirectory })
    const jobs = await Promise.all(accepted.map(({ body }) => untilDone(again.url, body.id)))
    expect(jobs.map(({ status }) => status)).toEqual(Array(8).fill('succeeded'))
    await again[Symbol.asyncDispose]()
    // Lupa stops and starts again in it.
  }, 240_000)
})

interface Page {
  data: Job[]
  next_cursor: string | null
}

/** Posts 200 pictures that all differ, and polls each until it is done; a refused one is sent again, as a client would. */
async function submitAll(url: string, mark: string): Promise<Job[]> {
  const pictures = Array.from({ length: 200 }, (_, at) => distinct(closed, `${mark} ${at}`))
  const jobs: Job[] = []
  const sender = async () => {
    for (let picture = pictures.pop(); picture; picture = pictures.pop()) {
      jobs.push(await submitOne(url, picture))
    }
  }
  await Promise.all(Array.from({ length: 16 }, sender))
  return jobs
}

async function submitOne(url: string, picture: Uint8Array): Promise<Job> {
  for (;;) {
    const { status, headers, body } = await post(`${url}/v1/jobs`, picture)
    if (status === 202) return untilDone(url, body.id)
    // Redis is away for a moment: nothing was accepted, and the answer says when to come again.
    expect(status).toBe(503)
    await sleep(Number(headers.get('retry-after')) * 1000)
  }
}

function expectAllSucceeded(jobs: Job[]): void {
  expect(jobs).toHaveLength(200)
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(200)
  const others = jobs.filter(({ status, prediction }) => status !== 'succeeded' || prediction !== 'fechada')
  expect(others).toEqual([])
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
