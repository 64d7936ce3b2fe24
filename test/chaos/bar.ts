import type { Lupa } from '../end-to-end/lupa.ts'

/** A promise, the fault that tests it, and how it went. */
export interface Bar {
  id: string
  promise: string
  fault: string
  /** Only on demand: it takes minutes. */
  isLong?: boolean
  run: (rig: Rig) => Promise<Measured>
}

export interface Measured {
  /** What was put to the test: jobs, requests or deliveries. */
  trials: number
  lost: number
  duplicated: number
  /** From the fault's end to everything working again; null where that is not the question. */
  worstRecoveryMs: number | null
  /** What else must hold, each with whether it did. */
  checks: Record<string, boolean>
}

export interface Outcome extends Measured {
  bar: Bar
  ok: boolean
  seconds: number
  error: string | null
}

/** What a bar is given to work with. */
export interface Rig {
  /** Starts the real thing with these settings; it ends with the bar. */
  start: (env?: NodeJS.ProcessEnv) => Promise<Lupa>
  /** How often, how many, how long: `short` for every test run, `long` on demand. */
  scale: <T>(short: T, long: T) => T
}

export async function runBar(bar: Bar, rig: Rig): Promise<Outcome> {
  const startedAt = performance.now()
  const seconds = () => Math.round((performance.now() - startedAt) / 100) / 10
  try {
    const measured = await bar.run(rig)
    const ok =
      measured.lost === 0 && measured.duplicated === 0 && Object.values(measured.checks).every(Boolean)
    return { ...measured, bar, ok, seconds: seconds(), error: null }
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown.message : String(thrown)
    return {
      bar,
      trials: 0,
      lost: 0,
      duplicated: 0,
      worstRecoveryMs: null,
      checks: {},
      ok: false,
      seconds: seconds(),
      error,
    }
  }
}
