/** When the models of one child are to be tested again. */
export interface SelfTestRota {
  /** The digest of the model whose test is due; undefined: none is. */
  due(): string | undefined
  /** Infinity: never. */
  msUntilDue(): number
  /** How many answers the model gave since it was tested last. */
  answersSince(digest: string): number
  answered(digest: string, answers: number): void
  tested(digest: string): void
}

/** For a child whose models have just been tested. */
export function createSelfTestRota(digests: Iterable<string>, everyMs: number): SelfTestRota {
  const startedMs = performance.now()
  const models = new Map([...digests].map((digest) => [digest, { testedAtMs: startedMs, answers: 0 }]))

  /** The one that was tested longest ago. */
  function first(): [digest: string, dueInMs: number] | undefined {
    const [oldest] = [...models].toSorted(([, a], [, b]) => a.testedAtMs - b.testedAtMs)
    if (!oldest || everyMs === 0) return undefined
    return [oldest[0], oldest[1].testedAtMs + everyMs - performance.now()]
  }

  return {
    due() {
      const [digest, dueInMs] = first() ?? []
      return dueInMs !== undefined && dueInMs <= 0 ? digest : undefined
    },
    msUntilDue: () => first()?.[1] ?? Number.POSITIVE_INFINITY,
    answersSince: (digest) => models.get(digest)?.answers ?? 0,
    answered(digest, answers) {
      const model = models.get(digest)
      if (model) model.answers += answers
    },
    tested: (digest) => void models.set(digest, { testedAtMs: performance.now(), answers: 0 }),
  }
}
