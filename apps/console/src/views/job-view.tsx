import { useEffect, useState } from 'preact/hooks'
import { request, withQuery } from '../api/request.ts'
import { useLoaded } from '../api/use-loaded.ts'
import type { Job } from '../api/wire.ts'
import { useApp } from '../app-context.ts'
import { DownloadMenu } from '../parts/download-menu.tsx'
import { Empty } from '../parts/empty.tsx'
import { JobActions } from '../parts/job-actions.tsx'
import { JobFacts } from '../parts/job-facts.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { StatusBadge } from '../parts/status-badge.tsx'
import { Timeline } from '../parts/timeline.tsx'
import { ClassBars } from '../picture/class-bars.tsx'
import { JobPicture } from '../picture/job-picture.tsx'
import { PredictionPanel } from '../picture/prediction-panel.tsx'
import { useNumbers } from '../words/use-numbers.ts'
import { useWords } from '../words/use-words.ts'

/** How long the gateway may hold an answer back while the job is not done. */
const WAIT_SECONDS = 1

/** One job: how it goes, then what it found and where its time went. */
export function JobView({ id }: { id: string }) {
  const words = useWords()
  const { announce } = useApp()
  const { job, problem, reload } = useJob(id)
  const isMissing = problem?.status === 404
  const [wasOpen, setWasOpen] = useState(false)

  useEffect(() => {
    if (job && !job.done) setWasOpen(true)
    if (job?.done && wasOpen) announce(words.job.ended(words.status[job.status]))
  }, [job?.status])

  if (isMissing) {
    return (
      <>
        <PageHead title={words.job.title} />
        <Empty icon="failed" title={words.job.missing}>
          {words.job.missingText}
        </Empty>
      </>
    )
  }
  return (
    <>
      <PageHead
        title={job?.image_name ?? words.job.title}
        lead={
          job && (
            <>
              <StatusBadge status={job.status} /> {job.model.name}@{job.model.version} ·{' '}
              {words.task[job.model.task]}
            </>
          )
        }
      >
        {job && <JobActions job={job} onChange={reload} />}
      </PageHead>
      {problem && <ProblemNotice problem={problem} onAgain={reload} />}
      {!job && !problem && <Loading />}
      {job && !job.done && <JobInProgress job={job} />}
      {job?.error && <JobFailure job={job} />}
      {job && <JobBody job={job} />}
    </>
  )
}

/** Asks again, each time held back for a moment, until the job is done. */
function useJob(id: string) {
  const path = `/v1/jobs/${encodeURIComponent(id)}`
  const [isDone, setDone] = useState(false)
  const { data, problem, reload } = useLoaded<Job>(
    `${path} ${isDone}`,
    async (signal) => {
      const job = await request<Job>(withQuery(path, { wait: isDone ? undefined : WAIT_SECONDS }), { signal })
      setDone(job.done)
      return job
    },
    isDone ? {} : { everyMs: 50 },
  )
  const [last, setLast] = useState<Job>()
  useEffect(() => {
    if (data) setLast(data)
  }, [data])
  useEffect(() => setDone(false), [id])
  const job = data ?? (last?.id === id ? last : undefined)
  return { job, problem, reload }
}

function JobInProgress({ job: { status, queue, attempt } }: { job: Job }) {
  const { job: words } = useWords()
  const { number, seconds } = useNumbers()
  const where =
    status === 'running'
      ? attempt > 1
        ? words.runningAttempt(number(attempt))
        : words.running
      : !queue || queue.position <= 1
        ? words.next
        : words.position(number(queue.position))
  const eta = queue?.eta_seconds
  return (
    <div class="notice progress" role="status">
      <span class="spinner" aria-hidden="true" />
      <strong>{where}</strong>
      {eta !== null && eta !== undefined && <span class="dim">{words.eta(seconds(Math.max(0.1, eta)))}</span>}
    </div>
  )
}

function JobFailure({ job: { error, status } }: { job: Job }) {
  const { job: words } = useWords()
  if (!error) return null
  return (
    <div class={`notice ${status === 'failed' ? 'bad' : 'dimmed'}`}>
      <strong lang="en">{error.title}</strong>
      <p lang="en">{error.detail}</p>
      <p class="dim">
        <code>{error.code}</code> · {error.retryable ? words.mayRetry : words.mayNotRetry}
      </p>
    </div>
  )
}

/** Its picture and where the time went; beside them what was found, and everything else. */
function JobBody({ job }: { job: Job }) {
  const rest = { below: job.done && <Timeline job={job} />, beside: <JobFacts job={job} /> }
  if (job.status === 'succeeded' && job.model.task !== 'classify') {
    return <PredictionPanel key={job.id} job={job} {...rest} />
  }
  return (
    <div class="result">
      <div>
        <JobPicture job={job} items={[]} />
        {job.status === 'succeeded' && (
          <div class="row end picture-tools">
            <DownloadMenu job={job} />
          </div>
        )}
        {rest.below}
      </div>
      <div>
        {job.status === 'succeeded' && <ClassBars items={job.predictions ?? []} />}
        {rest.beside}
      </div>
    </div>
  )
}
