import { request } from '../api/request.ts'
import { useLoaded } from '../api/use-loaded.ts'
import type { List, Model } from '../api/wire.ts'
import { Empty } from '../parts/empty.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { modelHash, toHash } from '../router.ts'
import { useNumbers } from '../words/use-numbers.ts'
import { useWords } from '../words/use-words.ts'

const REFRESH_MS = 10_000
const CLASSES_SHOWN = 8

/** Every version of every model. */
export function ModelsView() {
  const words = useWords()
  const { data, problem, isLoading, reload } = useLoaded(
    'models',
    (signal) => request<List<Model>>('/v1/models', { signal }),
    { everyMs: REFRESH_MS },
  )
  return (
    <>
      <PageHead title={words.models.title} lead={words.models.lead} />
      {problem && <ProblemNotice problem={problem} onAgain={reload} />}
      {isLoading && <Loading />}
      {data?.data.length === 0 && (
        <Empty icon="models" title={words.models.none}>
          {words.models.noneText}
        </Empty>
      )}
      <ul class="cards">
        {data?.data.map((model) => (
          <li key={`${model.name}@${model.version}`}>
            <ModelCard model={model} />
          </li>
        ))}
      </ul>
    </>
  )
}

function ModelCard({ model }: { model: Model }) {
  const words = useWords()
  const { bytes } = useNumbers()
  const { name, version, task, available, failure, classes, licence } = model
  return (
    <article class={`card model${available ? '' : ' unavailable'}`}>
      <h2>
        <a href={modelHash(name, version)}>
          {name}
          <span class="dim">@{version}</span>
        </a>
      </h2>
      <ModelBadges model={model} />
      {failure && (
        <p class="notice bad" lang="en">
          {failure}
        </p>
      )}
      {model.description && <p lang="en">{model.description}</p>}
      {classes && <ClassNames classes={classes} most={CLASSES_SHOWN} />}
      <p class="dim model-facts">
        {task && model.imgsz && `${model.imgsz.width} × ${model.imgsz.height}`}
        {model.bytes !== null && ` · ${bytes(model.bytes)}`}
        {licence && ` · ${licence}`}
        {model.warm_workers > 0 && ` · ${words.models.warm(model.warm_workers)}`}
      </p>
      {available && (
        <p>
          <a
            class="button"
            href={toHash('', { model: `${name}@${version}` })}
            aria-label={`${words.models.try}: ${name}@${version}`}
          >
            {words.models.try}
          </a>
        </p>
      )}
    </article>
  )
}

export function ModelBadges({ model: { task, aliases, default: isDefault, available } }: { model: Model }) {
  const words = useWords()
  return (
    <p class="row">
      {task && <span class="badge">{words.task[task]}</span>}
      {isDefault && <span class="badge accent">{words.models.default}</span>}
      {aliases.map((alias) => (
        <span key={alias} class="badge">
          @{alias}
        </span>
      ))}
      {!available && <span class="badge failed">{words.models.unavailable}</span>}
    </p>
  )
}

export function ClassNames({ classes, most }: { classes: readonly string[]; most: number }) {
  const { models: words } = useWords()
  const { number } = useNumbers()
  return (
    <p class="class-names" aria-label={words.classes}>
      {classes.slice(0, most).map((name) => (
        <span key={name} class="tag">
          {name}
        </span>
      ))}
      {classes.length > most && <span class="dim">{words.moreClasses(number(classes.length - most))}</span>}
    </p>
  )
}
