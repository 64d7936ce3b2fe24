import type { ModelPackage } from '@lupa/core/models/model-package'
import { expect, test } from 'vitest'
import { aModelPackage } from '../../../../packages/core/test/model-packages.ts'
import type { ModelProcess } from './model-process.ts'
import { nextSwap, type Slot, type SwapRules } from './swaps.ts'

const [pinned, a, b, c] = ['pinned', 'a', 'b', 'c'].map(aModelPackage) as [Model, Model, Model, Model]
type Model = ModelPackage

function slotWith(loaded: Model[], models = loaded): Slot {
  const state = { loaded: new Set(loaded.map(({ digest }) => digest)), rssBytes: 1, cpuSeconds: 1, jobs: 1 }
  const child: ModelProcess = {
    pid: 1,
    state,
    exited: new Promise(() => {}),
    isAlive: () => true,
    ask: () => Promise.reject(new Error('nobody asks it')),
    kill: () => {},
  }
  return { models, child }
}

/** @param agesMs how long ago a model was asked for; others never were */
function rules(agesMs: [Model, number][] = [], others: Partial<SwapRules> = {}): SwapRules {
  const ages = new Map(agesMs.map(([{ digest }, ageMs]) => [digest, ageMs]))
  const usedAtMs = (digest: string) => Math.max(0, NOW_MS - (ages.get(digest) ?? Number.POSITIVE_INFINITY))
  const places = { count: 2, pinned: pinned.digest, usedAtMs }
  return { places, wanted: undefined, isTried: () => true, isWorn: () => false, nowMs: NOW_MS, ...others }
}
const NOW_MS = 1e9

test('nothing is to be done while every child has what it should', () => {
  expect(nextSwap([slotWith([pinned, a]), { models: [pinned] }], rules([[a, 0]]))).toBeUndefined()
  expect(nextSwap([], rules([], { wanted: a }))).toBeUndefined()
})

test('a model that is waited for goes where there is room, else where it drives out a copy, else what is oldest', () => {
  const used = rules(
    [
      [a, 10],
      [b, 20],
    ],
    { wanted: c },
  )
  const free = slotWith([pinned])
  expect(nextSwap([slotWith([pinned, a]), free], used)).toEqual({
    slot: free,
    models: [c, pinned],
    needed: c,
  })

  const copies = [slotWith([pinned, b]), slotWith([pinned, a]), slotWith([pinned, a])]
  expect(nextSwap(copies, used)?.slot).toBe(copies[1])

  const [first, second] = [slotWith([pinned, a]), slotWith([pinned, b])]
  expect(nextSwap([first, second], used)?.slot).toBe(second)
})

test('what a child lacks of its models is loaded, unless it could not be', () => {
  const slot = slotWith([pinned], [pinned, a])
  expect(nextSwap([slot], rules())).toEqual({ slot, models: [pinned, a], needed: a })
  expect(nextSwap([slot], rules([], { isTried: (model) => model !== a }))).toBeUndefined()
})

test('a worn child is replaced by one with the same models', () => {
  const slot = slotWith([pinned, a])
  expect(nextSwap([slot], rules([], { isWorn: () => true }))).toEqual({ slot, models: [pinned, a] })
})

test('a model in use is copied to other slots where there is room, or where what goes was not used for long', () => {
  const has = slotWith([pinned, a])
  const free = slotWith([pinned])
  expect(nextSwap([has, free], rules([[a, 0]]))).toEqual({ slot: free, models: [a, pinned], needed: a })
  expect(nextSwap([has, free], rules([[a, 120_000]]))).toBeUndefined()

  const full = slotWith([pinned, b])
  const inUse = (ageMs: number) =>
    rules([
      [a, 0],
      [b, ageMs],
    ])
  expect(nextSwap([has, full], inUse(1000))).toBeUndefined()
  expect(nextSwap([has, full], inUse(120_000))).toMatchObject({ slot: full, needed: a })
})
