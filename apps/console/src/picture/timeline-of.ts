import type { Job } from '@lupa/core/domain/job'

export type Stage = 'queue' | 'download' | 'preprocess' | 'inference' | 'postprocess' | 'store'

const MEASURED = ['queue', 'download', 'preprocess', 'inference', 'postprocess'] as const

/** Where the time of a job went, in order. What no stage accounts for is the storing of the result, and the rest. */
export function timelineOf({ timings }: Pick<Job, 'timings'>): { stage: Stage; ms: number }[] {
  const stages: { stage: Stage; ms: number }[] = MEASURED.flatMap((stage) => {
    const ms = timings[`${stage}_ms`]
    return ms === null ? [] : [{ stage, ms }]
  })
  const known = stages.reduce((sum, { ms }) => sum + ms, 0)
  const rest = (timings.total_ms ?? 0) - known
  return stages.length > 0 && rest > 0 ? [...stages, { stage: 'store', ms: rest }] : stages
}
