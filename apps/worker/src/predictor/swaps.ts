import type { ModelPackage } from '@lupa/core/models/model-package'
import type { ModelProcess } from './model-process.ts'
import { leaverFor, type Places, withModel } from './places.ts'

/** A place for one child process at a time. */
export interface Slot {
  /** What its child should have loaded. */
  models: readonly ModelPackage[]
  /** The one that serves; undefined while none does. */
  child?: ModelProcess | undefined
  /** The one that is ready to take over. */
  successor?: ModelProcess | undefined
  /** While a successor is made ready: resolves when it is there, rejects when it cannot be. */
  swapping?: Promise<void> | undefined
}

/** A child to be replaced by one that has these models. */
export interface Swap {
  slot: Slot
  models: readonly ModelPackage[]
  /** The model it is for; undefined: the child is worn. */
  needed?: ModelPackage | undefined
}

export interface SwapRules {
  places: Places
  /** A model that no child has, and that is waited for. */
  wanted: ModelPackage | undefined
  /** Whether it is worth a try to load a model. */
  isTried: (model: ModelPackage) => boolean
  isWorn: (child: ModelProcess) => boolean
  nowMs: number
}

/** A model that was asked for so lately makes no room for a further copy of another one. */
const RECENTLY_MS = 60_000

type ServingSlot = Slot & { child: ModelProcess }

/** What is to be done first; undefined: every child is as it should be. */
export function nextSwap(slots: readonly Slot[], rules: SwapRules): Swap | undefined {
  const serving = slots.filter((slot): slot is ServingSlot => slot.child !== undefined)
  return swapForWanted(serving, rules) ?? firstOf(serving, (slot) => swapOf(slot, serving, rules))
}

function swapForWanted(serving: readonly ServingSlot[], { wanted, places }: SwapRules): Swap | undefined {
  if (!wanted) return undefined
  const costOf = (slot: ServingSlot) => {
    const leaver = leaverFor(slot.models, wanted, places)
    if (!leaver) return 0
    const isElsewhere = serving.some((other) => other !== slot && hasLoaded(other, leaver))
    return isElsewhere ? 1 : 2 + places.usedAtMs(leaver.digest)
  }
  const [slot] = serving.toSorted((a, b) => costOf(a) - costOf(b))
  return slot && { slot, models: withModel(slot.models, wanted, places), needed: wanted }
}

function swapOf(slot: ServingSlot, serving: readonly ServingSlot[], rules: SwapRules): Swap | undefined {
  const { models } = slot
  const missing = models.find((model) => !hasLoaded(slot, model) && rules.isTried(model))
  if (missing) return { slot, models, needed: missing }
  if (rules.isWorn(slot.child)) return { slot, models }
  const popular = serving
    .flatMap((other) => other.models.filter((model) => hasLoaded(other, model)))
    .find(
      (model) => !models.some(({ digest }) => digest === model.digest) && isWorthACopy(slot, model, rules),
    )
  return popular && { slot, models: withModel(models, popular, rules.places), needed: popular }
}

function isWorthACopy({ models }: Slot, model: ModelPackage, rules: SwapRules): boolean {
  const { places, isTried, nowMs } = rules
  const isRecent = ({ digest }: ModelPackage) => places.usedAtMs(digest) > Math.max(0, nowMs - RECENTLY_MS)
  const leaver = leaverFor(models, model, places)
  return isRecent(model) && isTried(model) && !(leaver && isRecent(leaver))
}

const hasLoaded = ({ child }: ServingSlot, { digest }: ModelPackage) => child.state.loaded.has(digest)

function firstOf<Item, Result>(items: readonly Item[], resultOf: (item: Item) => Result | undefined) {
  for (const item of items) {
    const result = resultOf(item)
    if (result !== undefined) return result
  }
  return undefined
}
