import { describe, expect, test } from 'vitest'
import { createHostTurns, type HostTurns, type Turn } from './host-turns.ts'

describe('turns to call a host', () => {
  test('two at a time, and one more once one is given back', () => {
    const { turns } = atTime()
    const [first] = [takeTurn(turns), takeTurn(turns)]
    expect(turns.take('a.example')).toHaveProperty('putOffByMs')
    first.giveBack()
    expect(turns.take('a.example')).toHaveProperty('giveBack')
    expect(turns.take('a.example')).toHaveProperty('putOffByMs')
  })

  test('a turn given back twice counts once', () => {
    const { turns } = atTime()
    const [first] = [takeTurn(turns), takeTurn(turns)]
    first.giveBack()
    first.giveBack()
    takeTurn(turns)
    expect(turns.take('a.example')).toHaveProperty('putOffByMs')
  })

  test('hosts do not wait for one another', () => {
    const { turns } = atTime()
    takeTurn(turns)
    takeTurn(turns)
    expect(turns.take('b.example')).toHaveProperty('giveBack')
  })

  test('those put off come again one after another, at the pace of the host', () => {
    const { turns, pass } = atTime()
    // Each lasts a second, and there is always one in hand.
    let inHand = takeTurn(turns)
    for (let call = 0; call < 40; call++) {
      const next = takeTurn(turns)
      pass(500)
      inHand.giveBack()
      inHand = next
    }
    takeTurn(turns)
    const waits = [1, 2, 3].map(() => putOff(turns))
    expect(waits[0]).toBeCloseTo(500, -1)
    expect(waits[1]).toBeCloseTo(1000, -1)
    expect(waits[2]).toBeCloseTo(1500, -1)
  })

  test('the longer the host hangs the later, and a minute at most', () => {
    const { turns, pass } = atTime()
    takeTurn(turns)
    takeTurn(turns)
    const early = putOff(turns)
    pass(10_000)
    expect(putOff(turns)).toBeGreaterThan(early * 10)
    for (let more = 0; more < 100; more++) expect(putOff(turns)).toBeLessThanOrEqual(60_000)
  })
})

function atTime() {
  let nowMs = 1_000_000
  return { turns: createHostTurns({ now: () => nowMs }), pass: (ms: number) => (nowMs += ms) }
}

function takeTurn(turns: HostTurns): Turn {
  const taken = turns.take('a.example')
  if ('putOffByMs' in taken) throw new Error('all turns are taken')
  return taken
}

function putOff(turns: HostTurns): number {
  const taken = turns.take('a.example')
  if (!('putOffByMs' in taken)) throw new Error('there was a turn')
  return taken.putOffByMs
}
