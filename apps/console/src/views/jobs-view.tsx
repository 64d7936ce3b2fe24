import { useState } from 'preact/hooks'
import { request, withQuery } from '../api/request.ts'
import { useLoaded } from '../api/use-loaded.ts'
import type { Job, List, Model } from '../api/wire.ts'
import { Ago } from '../parts/ago.tsx'
import { Empty } from '../parts/empty.tsx'
import { Field } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Pager } from '../parts/pager.tsx'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { StatusBadge } from '../parts/status-badge.tsx'
import { jobHash, toHash } from '../router.ts'
import { useNumbers } from '../words/use-numbers.ts'
import { useWords } from '../words/use-words.ts'

const REFRESH_MS = 4000
const PAGE = 25
/** A whole picture is loaded for a thumbnail: not of large ones. */
const THUMBNAIL_BYTES = 2_000_000

const STATUSES = ['queued', 'running', 'succeeded', 'failed', 'canceled', 'expired'] as const

/** All jobs of the client. Filters and pages are in the address. */
export function JobsView({ query }: { query: Record<string, string> }) {
  const words = useWords()
  const path = withQuery('/v1/jobs', {
    limit: PAGE,
    status: query.status,
    model: query.model,
    tag: query.tag,
    batch: query.batch,
    created_after: startOfDay(query.from),
    created_before: endOfDay(query.to),
    cursor: query.cursor,
  })
  const { data, problem, isLoading, reload } = useLoaded(
    path,
    (signal) => request<List<Job>>(path, { signal }),
    query.cursor ? {} : { everyMs: REFRESH_MS },
  )
  const { cursor, ...filters } = query
  const isFiltered = Object.keys(filters).length > 0
  return (
    <>
      <PageHead title={words.jobs.title} lead={words.jobs.lead} />
      <JobFilters filters={filters} />
      {problem && <ProblemNotice problem={problem} onAgain={reload} />}
      {isLoading && <Loading />}
      {data && data.data.length === 0 && (
        <Empty icon="jobs" title={isFiltered ? words.jobs.noneFiltered : words.jobs.none}>
          {!isFiltered && <a href={toHash('')}>{words.jobs.noneText}</a>}
        </Empty>
      )}
      {data && data.data.length > 0 && (
        <ul class="rows">
          {data.data.map((job) => (
            <JobRow key={job.id} job={job} />
          ))}
        </ul>
      )}
      <Pager path="jobs" query={query} nextCursor={data?.next_cursor ?? null} />
    </>
  )
}

function JobRow({ job }: { job: Job }) {
  const words = useWords()
  const { percent, ms } = useNumbers()
  return (
    <li class="row-card">
      <Thumbnail job={job} />
      <div class="row-main">
        <a class="card-link" href={jobHash(job.id)}>
          {job.image_name ?? words.jobs.unnamed}
        </a>
        <span class="dim">
          {job.model.name}@{job.model.version}
          {job.tags.map((tag) => (
            <span key={tag} class="tag">
              {tag}
            </span>
          ))}
        </span>
      </div>
      <div class="row-result">
        {job.error ? (
          <span class="bad-text" lang="en">
            {job.error.title}
          </span>
        ) : job.status === 'succeeded' ? (
          job.prediction === null ? (
            <span class="dim">{words.jobs.nothing}</span>
          ) : (
            <>
              <strong>{job.prediction}</strong>{' '}
              <span class="dim numeric">{percent(job.confidence ?? 0)}</span>
            </>
          )
        ) : null}
      </div>
      <div class="row-facts">
        <StatusBadge status={job.status} />
        <span class="dim numeric">{job.timings.total_ms === null ? '' : ms(job.timings.total_ms)}</span>
        <span class="dim">
          <Ago iso={job.created_at} />
        </span>
      </div>
    </li>
  )
}

function Thumbnail({ job: { image, links, status } }: { job: Job }) {
  const [isGone, setGone] = useState(false)
  // What could not be decoded is not shown half.
  const isShown = image.bytes <= THUMBNAIL_BYTES && status !== 'failed' && !isGone
  return (
    <div class="thumb">
      {isShown ? (
        <img src={links.image} alt="" loading="lazy" decoding="async" onError={() => setGone(true)} />
      ) : (
        <Icon name="picture" />
      )}
    </div>
  )
}

function JobFilters({ filters }: { filters: Record<string, string> }) {
  const words = useWords()
  const models = useLoaded('models', (signal) => request<List<Model>>('/v1/models', { signal }))
  const names = [
    ...new Set([...(models.data?.data ?? []).map(({ name }) => name), ...[filters.model ?? []].flat()]),
  ]
  const set = (patch: Record<string, string>) => {
    location.hash = toHash('jobs', { ...filters, ...patch })
  }
  return (
    <section class="filters" aria-label={words.jobs.filters}>
      <Field label={words.common.status}>
        {(ids) => (
          <select
            {...ids}
            value={filters.status ?? ''}
            onChange={({ currentTarget }) => set({ status: currentTarget.value })}
          >
            <option value="">{words.jobs.anyStatus}</option>
            {STATUSES.map((status) => (
              <option key={status} value={status}>
                {words.status[status]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={words.common.model}>
        {(ids) => (
          <select
            {...ids}
            value={filters.model ?? ''}
            onChange={({ currentTarget }) => set({ model: currentTarget.value })}
          >
            <option value="">{words.jobs.anyModel}</option>
            {names.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={words.jobs.tag}>
        {(ids) => (
          <input
            {...ids}
            type="search"
            value={filters.tag ?? ''}
            onChange={({ currentTarget }) => set({ tag: currentTarget.value.trim() })}
          />
        )}
      </Field>
      <Field label={words.jobs.from}>
        {(ids) => (
          <input
            {...ids}
            type="date"
            value={filters.from ?? ''}
            onChange={({ currentTarget }) => set({ from: currentTarget.value })}
          />
        )}
      </Field>
      <Field label={words.jobs.to}>
        {(ids) => (
          <input
            {...ids}
            type="date"
            value={filters.to ?? ''}
            onChange={({ currentTarget }) => set({ to: currentTarget.value })}
          />
        )}
      </Field>
      {Object.keys(filters).length > 0 && (
        <a class="button quiet" href={toHash('jobs')}>
          {words.jobs.clear}
        </a>
      )}
    </section>
  )
}

/** A day as the person has it, whatever the zone. */
function startOfDay(day: string | undefined): string | undefined {
  return toIso(day, 'T00:00:00')
}

function endOfDay(day: string | undefined): string | undefined {
  return toIso(day, 'T23:59:59.999')
}

function toIso(day: string | undefined, time: string): string | undefined {
  if (!day) return undefined
  const at = new Date(`${day}${time}`)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}
