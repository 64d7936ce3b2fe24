import type { Job } from '@lupa/core/domain/job'
import { timelineOf } from '../picture/timeline-of.ts'
import { useNumbers } from '../words/use-numbers.ts'
import { useWords } from '../words/use-words.ts'

/** Where the time of a job went: one bar, its parts as long as they took. */
export function Timeline({ job }: { job: Job }) {
  const { job: words } = useWords()
  const { ms, number, percent } = useNumbers()
  const stages = timelineOf(job)
  const { total_ms: total, batch_size: batchSize } = job.timings

  if (stages.length === 0) {
    if (job.cache !== 'hit' || total === null) return null
    return (
      <section class="panel" aria-labelledby="timeline">
        <div class="row between">
          <h2 id="timeline">{words.timeline}</h2>
          <strong class="numeric">{words.total(ms(total))}</strong>
        </div>
        <div class="timeline-bar" aria-hidden="true">
          <span class="stage-cache" style={{ flexGrow: '1' }} />
        </div>
        <p>{words.fromCache(ms(total))}</p>
      </section>
    )
  }
  const all = stages.reduce((sum, stage) => sum + stage.ms, 0) || 1
  return (
    <section class="panel" aria-labelledby="timeline">
      <div class="row between">
        <h2 id="timeline">{words.timeline}</h2>
        <strong class="numeric">{words.total(ms(total ?? all))}</strong>
      </div>
      <div class="timeline-bar" aria-hidden="true">
        {stages.map(({ stage, ms: took }) => (
          <span
            key={stage}
            class={`stage-${stage}`}
            style={{ flexGrow: String(took) }}
            title={`${words.stages[stage]}: ${ms(took)}`}
          />
        ))}
      </div>
      <ul class="timeline-list">
        {stages.map(({ stage, ms: took }) => (
          <li key={stage}>
            <span class={`swatch stage-${stage}`} aria-hidden="true" />
            <span>
              {words.stages[stage]}
              {stage === 'inference' && batchSize && batchSize > 1
                ? ` (${words.batchSize(number(batchSize))})`
                : ''}
            </span>
            <span class="numeric dim">{percent(took / all)}</span>
            <span class="numeric">{ms(took)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
