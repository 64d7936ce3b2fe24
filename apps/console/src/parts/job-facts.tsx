import type { ComponentChildren } from 'preact'
import type { Job } from '../api/wire.ts'
import { jobHash, modelHash, toHash } from '../router.ts'
import { useNumbers } from '../words/use-numbers.ts'
import { useWords } from '../words/use-words.ts'
import { CopyButton } from './copy-button.tsx'

/** Everything else about a job, and the job itself. */
export function JobFacts({ job }: { job: Job }) {
  const words = useWords()
  const { bytes, number, moment } = useNumbers()
  const { job: names, common } = words
  const { image, model } = job
  const json = JSON.stringify(job, null, 2)
  const facts: [string, ComponentChildren][] = [
    [common.model, <a href={modelHash(model.name, model.version)}>{`${model.name}@${model.version}`}</a>],
    [names.image, `${number(image.width)} × ${number(image.height)}, ${bytes(image.bytes)}, ${image.format}`],
    [names.created, moment(job.created_at)],
    ...(job.finished_at ? [[names.finished, moment(job.finished_at)] as [string, string]] : []),
    ...(job.cache
      ? [[names.cache, job.cache === 'hit' ? names.cacheHit : names.cacheMiss] as [string, string]]
      : []),
    ...(job.worker ? [[names.worker, job.worker] as [string, string]] : []),
    ...(job.attempt > 1 ? [[names.attempt, number(job.attempt)] as [string, string]] : []),
    [names.priority, job.priority === 'bulk' ? names.bulk : names.interactive],
    ...job.tags.map((tag): [string, ComponentChildren] => [
      names.tags,
      <a href={toHash('jobs', { tag })}>{tag}</a>,
    ]),
    ...(job.retry_of
      ? [[names.retryOf, <a href={jobHash(job.retry_of)}>{job.retry_of}</a>] as [string, ComponentChildren]]
      : []),
    ...(job.batch ? [[names.batch, job.batch] as [string, string]] : []),
    ...(job.webhook ? [[names.webhook, job.webhook.url] as [string, string]] : []),
    [names.expires, moment(job.expires_at)],
    [names.id, <code>{job.id}</code>],
  ]
  return (
    <section class="panel" aria-labelledby="facts">
      <h2 id="facts">{names.facts}</h2>
      <dl class="facts">
        {facts.map(([name, value], index) => (
          <div key={index}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <details class="more">
        <summary>{names.json}</summary>
        <CopyButton text={json} />
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so it must be reached by keyboard */}
        <pre class="code" tabIndex={0} aria-label={names.json}>
          {json}
        </pre>
      </details>
    </section>
  )
}
