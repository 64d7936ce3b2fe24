import { Problem } from './api/problem.ts'
import { request } from './api/request.ts'
import { useLoaded } from './api/use-loaded.ts'
import type { DeadJob, List } from './api/wire.ts'
import { Icon, type IconName } from './parts/icon.tsx'
import { type Place, toHash } from './router.ts'
import type { ShellProps } from './shell-props.ts'
import type { Theme } from './theme.ts'
import { DICTIONARIES, type Language, useWords } from './words/use-words.ts'

const ENTRIES = ['predict', 'jobs', 'failed', 'queue', 'models', 'webhooks', 'keys'] as const
const FAILED_EVERY_MS = 15_000
/** Beyond, there are many. */
const COUNTED = 9

export function Navigation({ place, language, onLanguage, theme, onTheme }: ShellProps & { place: Place }) {
  const words = useWords()
  const failed = useFailedCount(place)
  const current = place.view === 'job' ? 'jobs' : place.view === 'model' ? 'models' : place.view
  return (
    <header class="side">
      <div class="bar">
        <a class="brand" href={toHash('')}>
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="8" />
            <circle cx="14" cy="14" r="7" />
            <path d="M19.5 19.5 25 25" />
          </svg>
          Lupa
        </a>
        <nav aria-label={words.shell.menu}>
          <ul>
            {ENTRIES.map((entry) => (
              <li key={entry}>
                <a
                  href={toHash(entry === 'predict' ? '' : entry)}
                  aria-current={current === entry ? 'page' : undefined}
                >
                  <Icon name={entry satisfies IconName} />
                  <span>{words.shell[entry]}</span>
                  {entry === 'failed' && failed && (
                    <span class="count" aria-label={words.shell.failedCount(failed)}>
                      {failed}
                    </span>
                  )}
                </a>
              </li>
            ))}
            <li>
              <a href="/docs">
                <Icon name="api" />
                <span>{words.shell.api}</span>
              </a>
            </li>
          </ul>
        </nav>
        <div class="preferences">
          <ThemeChoice theme={theme} onTheme={onTheme} />
          <LanguageChoice language={language} onLanguage={onLanguage} />
        </div>
      </div>
    </header>
  )
}

/** Null: none, or it is not for this person to know. */
function useFailedCount({ view }: Place): string | null {
  const { data } = useLoaded(
    `failed count ${view === 'failed'}`,
    async (signal) => {
      try {
        return (await request<List<DeadJob>>(`/v1/dead?limit=${COUNTED + 1}`, { signal })).data.length
      } catch (error) {
        if (error instanceof Problem && error.status === 403) return 0
        throw error
      }
    },
    { everyMs: FAILED_EVERY_MS },
  )
  if (!data) return null
  return data > COUNTED ? `${COUNTED}+` : String(data)
}

function ThemeChoice({ theme, onTheme }: Pick<ShellProps, 'theme' | 'onTheme'>) {
  const { shell } = useWords()
  const choices: [Theme | undefined, IconName, string][] = [
    [undefined, 'auto', shell.themeAuto],
    ['light', 'sun', shell.themeLight],
    ['dark', 'moon', shell.themeDark],
  ]
  return (
    <fieldset class="segmented">
      <legend class="visually-hidden">{shell.theme}</legend>
      {choices.map(([choice, icon, label]) => (
        <button
          key={label}
          type="button"
          aria-pressed={theme === choice}
          aria-label={label}
          title={label}
          onClick={() => onTheme(choice)}
        >
          <Icon name={icon} />
        </button>
      ))}
    </fieldset>
  )
}

function LanguageChoice({ language, onLanguage }: Pick<ShellProps, 'language' | 'onLanguage'>) {
  const { shell } = useWords()
  return (
    <select
      class="language"
      aria-label={shell.language}
      value={language}
      onChange={({ currentTarget }) => onLanguage(currentTarget.value as Language)}
    >
      {Object.entries(DICTIONARIES).map(([code, { name }]) => (
        <option key={code} value={code}>
          {name}
        </option>
      ))}
    </select>
  )
}
