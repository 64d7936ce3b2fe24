import { useState } from 'preact/hooks'
import { Problem } from '../api/problem.ts'
import { request, withQuery } from '../api/request.ts'
import { useLoaded } from '../api/use-loaded.ts'
import type { DeadJob, Job, List } from '../api/wire.ts'
import { Ago } from '../parts/ago.tsx'
import { Empty } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Pager } from '../parts/pager.tsx'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { jobHash } from '../router.ts'
import { useWords } from '../words/use-words.ts'

const PAGE = 50
const REFRESH_MS = 5000

type FailedJob = Job & Partial<Pick<DeadJob, 'client'>>

interface Failed extends List<FailedJob> {
  /** The dead letters of all clients; else those of who looks at them. */
  ofAll: boolean
}

interface Replays {
  replayed: { id: string; job: string }[]
  refused: { id: string; detail: string }[]
}

/** Jobs that failed for good, by what they failed of. */
export function FailedView({ query }: { query: Record<string, string> }) {
  const words = useWords()
  const page = { limit: PAGE, cursor: query.cursor }
  const { data, problem, isLoading, reload } = useLoaded<Failed>(
    `failed ${query.cursor ?? ''}`,
    (signal) => loadFailed(page, signal),
    query.cursor ? {} : { everyMs: REFRESH_MS },
  )
  // What is replayed is off the list at its next turn: how to find it stays.
  const [again, setAgain] = useState<readonly Job[]>([])
  const onReplay = (job: Job) => {
    setAgain((before) => [job, ...before])
    reload()
  }
  return (
    <>
      <PageHead
        title={words.failed.title}
        lead={data?.ofAll === false ? words.failed.leadOwn : words.failed.lead}
      />
      {problem && <ProblemNotice problem={problem} onAgain={reload} />}
      {again.length > 0 && (
        <div class="notice good" role="status">
          <strong>{words.failed.replayedTitle}</strong>
          <ul>
            {again.map((job) => (
              <li key={job.id}>
                <a href={jobHash(job.id)}>{words.failed.replayed(job.image_name ?? words.jobs.unnamed)}</a>
              </li>
            ))}
          </ul>
        </div>
      )}
      {isLoading && <Loading />}
      {data?.data.length === 0 && (
        <Empty icon="check" title={words.failed.none}>
          {words.failed.noneText}
        </Empty>
      )}
      {data &&
        groupByCode(data.data).map(([code, jobs]) => (
          <FailedGroup
            key={code}
            code={code}
            jobs={jobs}
            ofAll={data.ofAll}
            onReplay={onReplay}
            onChange={reload}
          />
        ))}
      <Pager path="failed" query={query} nextCursor={data?.next_cursor ?? null} />
    </>
  )
}

/** Whoever may not see the dead letters of all sees their own failed jobs. */
async function loadFailed(
  page: Record<string, string | number | undefined>,
  signal: AbortSignal,
): Promise<Failed> {
  try {
    return { ...(await request<List<DeadJob>>(withQuery('/v1/dead', page), { signal })), ofAll: true }
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 403) throw error
    const own = await request<List<Job>>(withQuery('/v1/jobs', { ...page, status: 'failed' }), { signal })
    return { ...own, ofAll: false }
  }
}

function groupByCode(jobs: readonly FailedJob[]): [string, FailedJob[]][] {
  return [...Map.groupBy(jobs, ({ error }) => error?.code ?? '')]
}

interface FailedGroupProps {
  code: string
  jobs: FailedJob[]
  ofAll: boolean
  onReplay: (job: Job) => void
  onChange: () => void
}

function FailedGroup({ code, jobs, ofAll, onReplay, onChange }: FailedGroupProps) {
  const words = useWords()
  const [outcome, setOutcome] = useState<Replays>()
  const [problem, setProblem] = useState<Problem>()
  const [first] = jobs

  async function replayAll(): Promise<void> {
    try {
      const ids = jobs.map(({ id }) => id)
      setOutcome(await request<Replays>('/v1/dead/replay', { method: 'POST', body: { ids } }))
      onChange()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
    }
  }
  return (
    <section class="panel failed-group" aria-labelledby={`failed-${code}`}>
      <div class="row between">
        <div>
          <h2 id={`failed-${code}`} lang="en">
            {first?.error?.title ?? code}
          </h2>
          <p class="dim">
            <code>{code}</code> · {words.failed.jobs(jobs.length)} ·{' '}
            {first?.error?.retryable ? words.job.mayRetry : words.job.mayNotRetry}
          </p>
        </div>
        {ofAll && jobs.length > 1 && (
          <button type="button" class="button" onClick={() => void replayAll()}>
            <Icon name="again" />
            {words.failed.replayAll(jobs.length)}
          </button>
        )}
      </div>
      {problem && <ProblemNotice problem={problem} />}
      {outcome && (
        <p class="notice good" role="status">
          {words.failed.replayedMany(outcome.replayed.length, outcome.refused.length)}
        </p>
      )}
      <ul class="rows">
        {jobs.map((job) => (
          <FailedRow key={job.id} job={job} ofAll={ofAll} onReplay={onReplay} />
        ))}
      </ul>
    </section>
  )
}

function FailedRow({
  job,
  ofAll,
  onReplay,
}: { job: FailedJob } & Pick<FailedGroupProps, 'ofAll' | 'onReplay'>) {
  const words = useWords()
  const [problem, setProblem] = useState<Problem>()

  async function replay(): Promise<void> {
    setProblem(undefined)
    try {
      const path = ofAll ? `/v1/dead/${job.id}/replay` : `${job.links.self}/retry`
      onReplay(await request<Job>(path, { method: 'POST' }))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
    }
  }
  return (
    <li class="row-card failed-row">
      <div class="row-main">
        <a class="card-link" href={jobHash(job.id)}>
          {job.image_name ?? words.jobs.unnamed}
        </a>
        <span class="dim">
          {job.model.name}@{job.model.version} · {words.failed.attempts(job.attempt)} ·{' '}
          <Ago iso={job.finished_at ?? job.created_at} />
          {job.client && ` · ${words.failed.ofClient(job.client)}`}
        </span>
        <span class="bad-text" lang="en">
          {job.error?.detail}
        </span>
        {problem && <ProblemNotice problem={problem} />}
      </div>
      <div class="row-facts above">
        <button type="button" class="button" onClick={() => void replay()}>
          <Icon name="again" />
          {ofAll ? words.failed.replay : words.job.runAgain}
        </button>
      </div>
    </li>
  )
}
