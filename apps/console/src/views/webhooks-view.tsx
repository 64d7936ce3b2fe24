import { useState } from 'preact/hooks'
import { Problem } from '../api/problem.ts'
import { request, withQuery } from '../api/request.ts'
import { useLoaded } from '../api/use-loaded.ts'
import type { DeliveryLog, List, WebhookSecret, WebhookTest } from '../api/wire.ts'
import { Ago } from '../parts/ago.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { Empty } from '../parts/empty.tsx'
import { Field } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Pager } from '../parts/pager.tsx'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { jobHash } from '../router.ts'
import { useNumbers } from '../words/use-numbers.ts'
import { useWords } from '../words/use-words.ts'

const PAGE = 25
const REFRESH_MS = 5000
const BADGE = { delivered: 'succeeded', pending: 'queued', retrying: 'running', failed: 'failed' } as const

/** Webhook events and how each fared. */
export function WebhooksView({ query }: { query: Record<string, string> }) {
  const words = useWords()
  const path = withQuery('/v1/webhooks/deliveries', { limit: PAGE, cursor: query.cursor })
  const { data, problem, isLoading, reload } = useLoaded(
    path,
    (signal) => request<List<DeliveryLog>>(path, { signal }),
    query.cursor ? {} : { everyMs: REFRESH_MS },
  )
  return (
    <>
      <PageHead title={words.webhooks.title} lead={words.webhooks.lead} />
      {problem && <ProblemNotice problem={problem} onAgain={reload} />}
      {isLoading && <Loading />}
      {data?.data.length === 0 && (
        <Empty icon="webhooks" title={words.webhooks.none}>
          {words.webhooks.noneText}
        </Empty>
      )}
      {data && data.data.length > 0 && (
        <ul class="rows">
          {data.data.map((delivery) => (
            <DeliveryRow key={delivery.id} delivery={delivery} onChange={reload} />
          ))}
        </ul>
      )}
      <Pager path="webhooks" query={query} nextCursor={data?.next_cursor ?? null} />
      <div class="columns">
        <TestSection />
        <SecretSection />
      </div>
    </>
  )
}

function DeliveryRow({ delivery, onChange }: { delivery: DeliveryLog; onChange: () => void }) {
  const words = useWords()
  const [problem, setProblem] = useState<Problem>()
  const [isSent, setSent] = useState(false)
  const { id, event, url, status, tries, job_id, created_at, next_try_at } = delivery

  async function redeliver(): Promise<void> {
    try {
      await request(`/v1/webhooks/deliveries/${encodeURIComponent(id)}/redeliver`, { method: 'POST' })
      setSent(true)
      onChange()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
    }
  }
  return (
    <li class="row-card delivery">
      <div class="row-main">
        <strong class="break">{url}</strong>
        <span class="dim">
          <code>{event}</code>
          {job_id && (
            <>
              {' · '}
              <a href={jobHash(job_id)}>{job_id}</a>
            </>
          )}
        </span>
        {tries.length > 0 && <Tries delivery={delivery} />}
        {problem && <ProblemNotice problem={problem} />}
      </div>
      <div class="row-facts above">
        <span class={`badge ${BADGE[status]}`}>{words.webhooks[status]}</span>
        <span class="dim">
          <Ago iso={created_at} />
        </span>
        {next_try_at && status === 'retrying' && (
          <span class="dim">
            {words.webhooks.nextTry(new Date(next_try_at).toLocaleTimeString(words.locale))}
          </span>
        )}
        <button type="button" class="button" onClick={() => void redeliver()}>
          <Icon name={isSent ? 'check' : 'again'} />
          <span aria-live="polite">{isSent ? words.webhooks.redelivered : words.webhooks.redeliver}</span>
        </button>
      </div>
    </li>
  )
}

function Tries({ delivery: { tries } }: { delivery: DeliveryLog }) {
  const { webhooks: words } = useWords()
  const { ms, moment, number } = useNumbers()
  return (
    <details class="more">
      <summary>{words.tries(tries.length)}</summary>
      <ol class="tries">
        {tries.map((one) => (
          <li key={one.number}>
            {words.tryNumber} {number(one.number)} · {moment(one.at)} · {words.answer}:{' '}
            <strong>{one.response_status ?? words.noAnswer}</strong> · {ms(one.duration_ms)}
            {one.error && <span class="bad-text"> {one.error}</span>}
            {one.response_excerpt && <code class="break"> {one.response_excerpt}</code>}
          </li>
        ))}
      </ol>
    </details>
  )
}

function TestSection() {
  const { webhooks: words } = useWords()
  const { ms } = useNumbers()
  const [url, setUrl] = useState('')
  const [outcome, setOutcome] = useState<WebhookTest>()
  const [problem, setProblem] = useState<Problem>()

  async function send(): Promise<void> {
    setProblem(undefined)
    setOutcome(undefined)
    try {
      setOutcome(await request<WebhookTest>('/v1/webhooks/test', { method: 'POST', body: { url } }))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
    }
  }
  const answer = outcome && String(outcome.response_status ?? outcome.error ?? words.noAnswer)
  return (
    <section class="panel" aria-labelledby="test">
      <h2 id="test">{words.test}</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <Field label={words.testUrl}>
          {(ids) => (
            <input
              {...ids}
              type="url"
              required
              placeholder="https://"
              value={url}
              onInput={({ currentTarget }) => setUrl(currentTarget.value)}
            />
          )}
        </Field>
        <button type="submit" class="button">
          {words.testSend}
        </button>
      </form>
      {problem && <ProblemNotice problem={problem} />}
      {outcome && (
        <p class={`notice ${outcome.delivered ? 'good' : 'bad'}`} role="status">
          {outcome.delivered
            ? words.testOk(answer ?? '', ms(outcome.duration_ms))
            : words.testFailed(answer ?? '')}
        </p>
      )}
    </section>
  )
}

/** It is fetched only when it is wished for. */
function SecretSection() {
  const { webhooks: words } = useWords()
  const [secret, setSecret] = useState<string>()
  const [problem, setProblem] = useState<Problem>()

  async function show(): Promise<void> {
    try {
      setSecret((await request<WebhookSecret>('/v1/webhooks/secret')).secret)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
    }
  }
  return (
    <section class="panel" aria-labelledby="secret">
      <h2 id="secret">{words.secret}</h2>
      <p>{words.secretText}</p>
      {secret ? (
        <>
          <p>
            <code class="break">{secret}</code>
          </p>
          <div class="row">
            <CopyButton text={secret} />
            <button type="button" class="button" onClick={() => setSecret(undefined)}>
              {words.hide}
            </button>
          </div>
        </>
      ) : (
        <button type="button" class="button" onClick={() => void show()}>
          {words.show}
        </button>
      )}
      {problem && <ProblemNotice problem={problem} />}
    </section>
  )
}
