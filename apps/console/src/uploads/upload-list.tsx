import { useEffect, useMemo, useState } from 'preact/hooks'
import { useApp } from '../app-context.ts'
import { Icon } from '../parts/icon.tsx'
import { StatusBadge } from '../parts/status-badge.tsx'
import { PictureWithShapes } from '../picture/picture-with-shapes.tsx'
import { jobHash } from '../router.ts'
import { useNumbers } from '../words/use-numbers.ts'
import { useWords } from '../words/use-words.ts'
import type { Upload } from './uploads.ts'

/** The pictures of this session, each as far as it has come. */
export function UploadList() {
  const { predict: words } = useWords()
  const { uploads } = useApp()
  const list = uploads.list.value
  if (list.length === 0) return null
  const done = list.filter(({ job, state }) => job?.done || state === 'refused').length
  return (
    <section aria-labelledby="sent">
      <div class="row between">
        <h2 id="sent">{words.sent}</h2>
        <div class="row">
          <span class="dim numeric" role="status">
            {words.summary(done, list.length)}
          </span>
          <button type="button" class="button quiet" onClick={() => uploads.clear()}>
            {words.clear}
          </button>
        </div>
      </div>
      <progress
        class="overall"
        max={list.length}
        value={done}
        aria-label={words.summary(done, list.length)}
      />
      <ul class="uploads">
        {list.map((upload) => (
          <li key={upload.key}>
            <UploadCard upload={upload} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function UploadCard({ upload }: { upload: Upload }) {
  const { predict: words } = useWords()
  const { uploads } = useApp()
  const { file, name, job, state } = upload
  const preview = usePreview(file)
  const isDone = job?.status === 'succeeded'
  return (
    <article class="card upload">
      <div class="upload-picture">
        {isDone ? (
          <PictureWithShapes
            src={preview}
            width={job.image.width}
            height={job.image.height}
            name={name}
            items={job.predictions ?? []}
            compact
          />
        ) : (
          <div class="picture compact plain">
            <img src={preview} alt="" />
          </div>
        )}
      </div>
      <div class="upload-text">
        {job ? (
          <a class="card-link" href={jobHash(job.id)} aria-label={words.open(name)}>
            {name}
          </a>
        ) : (
          <span>{name}</span>
        )}
        <UploadState upload={upload} />
      </div>
      {state !== 'accepted' && (
        <button
          type="button"
          class="button quiet small"
          aria-label={words.remove(name)}
          onClick={() => uploads.remove(upload.key)}
        >
          <Icon name="close" />
        </button>
      )}
    </article>
  )
}

function UploadState({ upload: { state, share, againAtMs, problem, job } }: { upload: Upload }) {
  const words = useWords()
  const { predict } = words
  const { percent, seconds, number } = useNumbers()
  const wait = useSecondsUntil(againAtMs)
  if (job) {
    if (job.status === 'succeeded') {
      return (
        <p class="upload-result">
          {job.prediction === null ? (
            <span class="dim">{words.jobs.nothing}</span>
          ) : (
            <>
              <strong>{job.prediction}</strong>{' '}
              <span class="dim numeric">{percent(job.confidence ?? 0)}</span>
            </>
          )}
        </p>
      )
    }
    const { position, eta_seconds: eta = null } = job.queue ?? {}
    return (
      <p>
        <StatusBadge status={job.status} />{' '}
        <span class="dim">
          {job.error && <span lang="en">{job.error.title}</span>}
          {position && words.job.position(number(position))}
          {position && eta !== null && `, ${words.job.eta(seconds(Math.max(0.1, eta)))}`}
        </span>
      </p>
    )
  }
  switch (state) {
    case 'sending':
      return (
        <>
          <p class="dim numeric">{predict.sending(percent(share))}</p>
          <progress max={1} value={share} aria-label={predict.sending(percent(share))} />
        </>
      )
    case 'pausing':
      return (
        <p class="dim">{(problem?.status === 0 ? predict.pausingSilent : predict.pausing)(seconds(wait))}</p>
      )
    case 'refused':
      return (
        <p class="bad-text" lang="en">
          {problem?.message}
        </p>
      )
    default:
      return <p class="dim">{predict.waiting}</p>
  }
}

function usePreview(file: Blob): string {
  const url = useMemo(() => URL.createObjectURL(file), [file])
  useEffect(() => () => URL.revokeObjectURL(url), [url])
  return url
}

function useSecondsUntil(atMs: number | null): number {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    if (atMs === null) return undefined
    const timer = window.setInterval(() => setNow(Date.now()), 500)
    return () => window.clearInterval(timer)
  }, [atMs])
  return atMs === null ? 0 : Math.max(0, Math.ceil((atMs - now) / 1000))
}
