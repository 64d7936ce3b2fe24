import type { Scope } from '@lupa/core/domain/scope'
import { useState } from 'preact/hooks'
import { Problem } from '../api/problem.ts'
import { request, withQuery } from '../api/request.ts'
import { useLoaded } from '../api/use-loaded.ts'
import type { ApiKey, List, NewApiKey } from '../api/wire.ts'
import { Ago } from '../parts/ago.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { ConfirmDialog, Dialog } from '../parts/dialog.tsx'
import { Empty } from '../parts/empty.tsx'
import { Field } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Pager } from '../parts/pager.tsx'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { useWords } from '../words/use-words.ts'

const PAGE = 50
/** Whether a new key has it unless it is unticked. */
const SCOPES: Record<Scope, boolean> = {
  'jobs:read': true,
  'jobs:write': true,
  'webhooks:write': true,
  'models:write': false,
  'metrics:read': false,
  admin: false,
}
const BADGE = { active: 'succeeded', expired: 'expired', revoked: 'canceled' } as const

interface Shown {
  key: string
  isRotated: boolean
}

/** API keys, for administrators. */
export function KeysView({ query }: { query: Record<string, string> }) {
  const words = useWords()
  const path = withQuery('/v1/keys', { limit: PAGE, cursor: query.cursor })
  const { data, problem, isLoading, reload } = useLoaded(path, (signal) =>
    request<List<ApiKey>>(path, { signal }),
  )
  const [isMaking, setMaking] = useState(false)
  const [shown, setShown] = useState<Shown>()
  const show = (next: Shown) => {
    setMaking(false)
    setShown(next)
    reload()
  }
  const mayMake = problem?.status !== 403 && problem?.status !== 401
  return (
    <>
      <PageHead title={words.keys.title} lead={words.keys.lead}>
        {mayMake && (
          <button type="button" class="button primary" onClick={() => setMaking(true)}>
            <Icon name="keys" />
            {words.keys.make}
          </button>
        )}
      </PageHead>
      {problem && <ProblemNotice problem={problem} onAgain={reload} />}
      {isLoading && <Loading />}
      {data?.data.length === 0 && (
        <Empty icon="keys" title={words.keys.none}>
          {words.keys.noneText}
        </Empty>
      )}
      {data && data.data.length > 0 && (
        <ul class="rows">
          {data.data.map((key) => (
            <KeyRow key={key.id} of={key} onChange={reload} onShow={show} />
          ))}
        </ul>
      )}
      <Pager path="keys" query={query} nextCursor={data?.next_cursor ?? null} />
      {isMaking && (
        <MakeKeyDialog onMade={(key) => show({ key, isRotated: false })} onClose={() => setMaking(false)} />
      )}
      {shown && <ShownOnceDialog shown={shown} onClose={() => setShown(undefined)} />}
    </>
  )
}

interface KeyRowProps {
  of: ApiKey
  onChange: () => void
  onShow: (shown: Shown) => void
}

function KeyRow({ of, onChange, onShow }: KeyRowProps) {
  const words = useWords()
  const [isAsking, setAsking] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const path = `/v1/keys/${encodeURIComponent(of.id)}`

  function attempt(act: () => Promise<void>): void {
    act().catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
    })
  }
  const revoke = async () => {
    await request(path, { method: 'DELETE' })
    onChange()
  }
  const rotate = async () => {
    const { key } = await request<NewApiKey>(`${path}/rotate`, { method: 'POST', body: {} })
    onShow({ key, isRotated: true })
  }
  return (
    <li class="row-card key-row">
      <div class="row-main">
        <strong>{of.name}</strong>
        <span class="dim">
          {of.client} · <code>lupa_{of.id}_…</code>
        </span>
        <span class="key-scopes">
          {of.scopes.map((scope) => (
            <span key={scope} class="tag">
              {scope}
            </span>
          ))}
        </span>
        {problem && <ProblemNotice problem={problem} />}
      </div>
      <div class="row-facts above">
        <span class={`badge ${BADGE[of.status]}`}>{words.keys[of.status]}</span>
        <span class="dim">
          {words.keys.made} <Ago iso={of.created_at} />
        </span>
        <span class="dim">
          {words.keys.lastUsed} {of.last_used_at ? <Ago iso={of.last_used_at} /> : words.keys.never}
        </span>
        {of.status === 'active' && (
          <>
            <button type="button" class="button" onClick={() => attempt(rotate)}>
              {words.keys.rotate}
            </button>
            <button type="button" class="button" onClick={() => setAsking(true)}>
              {words.keys.revoke}
            </button>
          </>
        )}
      </div>
      {isAsking && (
        <ConfirmDialog
          title={words.keys.revokeTitle}
          text={words.keys.revokeText(of.name)}
          action={words.keys.revoke}
          onConfirm={() => attempt(revoke)}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  )
}

function MakeKeyDialog({ onMade, onClose }: { onMade: (key: string) => void; onClose: () => void }) {
  const { keys: words } = useWords()
  const [problem, setProblem] = useState<Problem>()

  async function make(form: HTMLFormElement): Promise<void> {
    const data = new FormData(form)
    const text = (name: string) => {
      const value = data.get(name)
      return typeof value === 'string' ? value.trim() : ''
    }
    const count = (name: string) => (text(name) === '' ? null : Number(text(name)))
    const body = {
      client: text('client'),
      ...(text('name') ? { name: text('name') } : {}),
      scopes: data.getAll('scopes').map(String),
      expires_in_days: count('expires'),
      rate_limit_per_minute: count('rate'),
    }
    try {
      onMade((await request<NewApiKey>('/v1/keys', { method: 'POST', body })).key)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
    }
  }
  return (
    <Dialog title={words.make} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void make(event.currentTarget)
        }}
      >
        <Field label={words.client} hint={words.clientHint}>
          {(ids) => (
            <input
              {...ids}
              name="client"
              required
              maxLength={64}
              pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
              autoComplete="off"
            />
          )}
        </Field>
        <Field label={words.name} hint={words.nameHint}>
          {(ids) => <input {...ids} name="name" maxLength={100} autoComplete="off" />}
        </Field>
        <fieldset class="scopes">
          <legend>{words.scopes}</legend>
          {Object.entries(SCOPES).map(([scope, isUsual]) => (
            <label key={scope} class="check">
              <input type="checkbox" name="scopes" value={scope} defaultChecked={isUsual} />
              <code>{scope}</code>
            </label>
          ))}
        </fieldset>
        <div class="row fields">
          <Field label={words.expires} hint={words.expiresHint}>
            {(ids) => <input {...ids} name="expires" type="number" min="1" max="3650" />}
          </Field>
          <Field label={words.rate} hint={words.rateHint}>
            {(ids) => <input {...ids} name="rate" type="number" min="0" max="1000000" />}
          </Field>
        </div>
        {problem && <ProblemNotice problem={problem} />}
        <div class="row end">
          <button type="submit" class="button primary">
            {words.make}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function ShownOnceDialog({ shown: { key, isRotated }, onClose }: { shown: Shown; onClose: () => void }) {
  const { keys: words } = useWords()
  return (
    <Dialog title={isRotated ? words.rotated : words.created} onClose={onClose}>
      <p>{isRotated ? words.rotatedText : words.createdText}</p>
      <p>
        <code class="break secret">{key}</code>
      </p>
      <div class="row end">
        <CopyButton text={key} />
        <button type="button" class="button primary" onClick={onClose}>
          {words.done}
        </button>
      </div>
    </Dialog>
  )
}
