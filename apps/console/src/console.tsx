import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useIsOpen } from './api/use-is-open.ts'
import { AppContextValue } from './app-context.ts'
import { Navigation } from './navigation.tsx'
import { Empty } from './parts/empty.tsx'
import { PageHead } from './parts/page-head.tsx'
import { type Place, usePlace } from './router.ts'
import type { ShellProps } from './shell-props.ts'
import { useStoredChoice } from './stored-choice.ts'
import { THEMES, type Theme } from './theme.ts'
import { AS_ALWAYS } from './uploads/choice.ts'
import type { Uploads } from './uploads/uploads.ts'
import { FailedView } from './views/failed-view.tsx'
import { JobView } from './views/job-view.tsx'
import { JobsView } from './views/jobs-view.tsx'
import { KeysView } from './views/keys-view.tsx'
import { ModelView } from './views/model-view.tsx'
import { ModelsView } from './views/models-view.tsx'
import { PredictView } from './views/predict-view.tsx'
import { QueueView } from './views/queue-view.tsx'
import { WebhooksView } from './views/webhooks-view.tsx'
import type { Words } from './words/en.ts'
import { chooseLanguage, DICTIONARIES, type Language, LanguageContext, useWords } from './words/use-words.ts'

/** The whole page. */
export function Console({ uploads }: { uploads: Uploads }) {
  const [chosen, setLanguage] = useStoredChoice<Language>('language', Object.keys(DICTIONARIES) as Language[])
  const [theme, setTheme] = useStoredChoice<Theme>('theme', THEMES)
  const language = chosen ?? chooseLanguage(navigator.languages)
  const isOpen = useIsOpen()
  const [announcement, announce] = useState('')
  const [choice, setChoice] = useState(AS_ALWAYS)
  const app = useMemo(() => ({ uploads, isOpen, announce, choice, setChoice }), [uploads, isOpen, choice])

  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  useEffect(() => {
    if (theme) document.documentElement.dataset.theme = theme
    else delete document.documentElement.dataset.theme
  }, [theme])

  return (
    <LanguageContext.Provider value={language}>
      <AppContextValue.Provider value={app}>
        <Shell language={language} onLanguage={setLanguage} theme={theme} onTheme={setTheme} />
        <p class="visually-hidden" role="status">
          {announcement}
        </p>
      </AppContextValue.Provider>
    </LanguageContext.Provider>
  )
}

function Shell(props: ShellProps) {
  const words = useWords()
  const place = usePlace()
  const main = useRef<HTMLElement>(null)
  const title = titleOf(place, words)
  const isFirst = useRef(true)

  useEffect(() => {
    document.title = `${title} · Lupa`
    if (isFirst.current) isFirst.current = false
    else {
      scrollTo(0, 0)
      main.current?.querySelector('h1')?.focus({ preventScroll: true })
    }
  }, [place.view, place.id])
  useEffect(() => {
    document.title = `${title} · Lupa`
  }, [title])

  return (
    <div class="shell">
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          // The address says where a person is: it must not change.
          event.preventDefault()
          main.current?.focus()
        }}
      >
        {words.shell.skip}
      </a>
      <Navigation place={place} {...props} />
      <main ref={main} id="content" tabIndex={-1}>
        <View place={place} />
      </main>
    </div>
  )
}

function View({ place: { view, id, query } }: { place: Place }) {
  const { common } = useWords()
  switch (view) {
    case 'predict':
      return <PredictView query={query} />
    case 'jobs':
      return <JobsView query={query} />
    case 'job':
      return <JobView key={id} id={id} />
    case 'failed':
      return <FailedView query={query} />
    case 'queue':
      return <QueueView />
    case 'models':
      return <ModelsView />
    case 'model':
      return <ModelView key={id} id={id} />
    case 'webhooks':
      return <WebhooksView query={query} />
    case 'keys':
      return <KeysView query={query} />
    case 'unknown':
      return (
        <>
          <PageHead title={common.notFound} />
          <Empty icon="failed" title={common.notFound}>
            {common.notFoundText}
          </Empty>
        </>
      )
  }
}

function titleOf({ view, id }: Place, { shell, job, common }: Words): string {
  switch (view) {
    case 'job':
      return `${job.title} ${id.slice(0, 8)}`
    case 'model':
      return id
    case 'unknown':
      return common.notFound
    default:
      return shell[view]
  }
}
