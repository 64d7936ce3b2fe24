import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createHostTurns, type HostTurns, type Turn } from './host-turns.ts'

describe('turns to call a host', () => {
  let turns: HostTurns
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
    turns = createHostTurns()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  async function takeTurn(): Promise<Turn> {
    const taken = await turns.take('a.example')
    if ('putOffByMs' in taken) throw new Error('all turns are taken')
    return taken
  }

  async function putOff(): Promise<number> {
    const taken = await turns.take('a.example')
    if (!('putOffByMs' in taken)) throw new Error('there was a turn')
    return taken.putOffByMs
  }

  /** The host as it is known after many calls of that length, with all turns taken. */
  async function learn(callMs: number): Promise<void> {
    let inHand = await takeTurn()
    for (let call = 0; call < 60; call++) {
      const next = await takeTurn()
      vi.advanceTimersByTime(callMs / 2)
      inHand.giveBack()
      inHand = next
    }
    await takeTurn()
  }

  test('two at a time; a third waits for one that is given back', async () => {
    const [first] = [await takeTurn(), await takeTurn()]
    let isCalled = false
    const third = takeTurn().finally(() => {
      isCalled = true
    })
    await vi.advanceTimersByTimeAsync(100)
    expect(isCalled).toBe(false)
    first.giveBack()
    await third
    expect(isCalled).toBe(true)
  })

  test('a turn given back twice counts once', async () => {
    await learn(2000)
    await putOff()
    const other = createHostTurns({ perHost: 1 })
    const turn = await other.take('a.example')
    if ('giveBack' in turn) {
      turn.giveBack()
      turn.giveBack()
    }
    expect(await other.take('a.example')).toHaveProperty('giveBack')
    const waiting = other.take('a.example')
    await vi.advanceTimersByTimeAsync(1000)
    expect(await waiting).toHaveProperty('putOffByMs')
  })

  test('hosts do not wait for one another', async () => {
    await takeTurn()
    await takeTurn()
    expect(await turns.take('b.example')).toHaveProperty('giveBack')
  })

  test('those who wait are called in their order', async () => {
    const [first, second] = [await takeTurn(), await takeTurn()]
    const called: string[] = []
    const wait = (name: string) => takeTurn().then(() => called.push(name))
    const waiting = [wait('third'), wait('fourth')]
    second.giveBack()
    first.giveBack()
    await Promise.all(waiting)
    expect(called).toEqual(['third', 'fourth'])
  })

  test('who has waited in vain for half a second is put off', async () => {
    await takeTurn()
    await takeTurn()
    const waiting = turns.take('a.example')
    await vi.advanceTimersByTimeAsync(500)
    expect(await waiting).toHaveProperty('putOffByMs')
  })

  test('only so many wait', async () => {
    await takeTurn()
    await takeTurn()
    const waiting = Array.from({ length: 24 }, () => turns.take('a.example'))
    expect(await putOff()).toBeGreaterThan(0)
    await vi.advanceTimersByTimeAsync(500)
    await Promise.all(waiting)
  })

  test('those put off come again one after another, at the pace of the host', async () => {
    await learn(800)
    const waits = [await putOff(), await putOff(), await putOff()]
    expect(waits[0]).toBeCloseTo(400, -1)
    expect(waits[1]).toBeCloseTo(800, -1)
    expect(waits[2]).toBeCloseTo(1200, -1)
  })

  test('the longer the host hangs the later, and a minute at most', async () => {
    await learn(800)
    const early = await putOff()
    vi.advanceTimersByTime(10_000)
    expect(await putOff()).toBeGreaterThan(early * 10)
    for (let more = 0; more < 100; more++) expect(await putOff()).toBeLessThanOrEqual(60_000)
  })
})
