import type { ComponentChildren } from 'preact'
import { request } from '../api/request.ts'
import { useLoaded } from '../api/use-loaded.ts'
import type { ModelDetails } from '../api/wire.ts'
import { JsonFacts } from '../parts/json-facts.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { modelHash, toHash } from '../router.ts'
import { useNumbers } from '../words/use-numbers.ts'
import { useWords } from '../words/use-words.ts'
import { ClassNames, ModelBadges } from './models-view.tsx'

const CLASSES_SHOWN = 200

/** The card of one version of a model: what it is, what it was measured at, and what it cannot do. */
export function ModelView({ id }: { id: string }) {
  const words = useWords()
  const path = `/v1/models/${encodeURIComponent(id)}`
  const { data, problem, reload } = useLoaded(path, (signal) => request<ModelDetails>(path, { signal }))
  return (
    <>
      <PageHead title={id} lead={data?.description && <span lang="en">{data.description}</span>}>
        {data?.available && (
          <a class="button primary" href={toHash('', { model: `${data.name}@${data.version}` })}>
            {words.models.try}
          </a>
        )}
      </PageHead>
      {problem && <ProblemNotice problem={problem} onAgain={reload} />}
      {!data && !problem && <Loading />}
      {data && (
        <>
          <ModelBadges model={data} />
          {data.failure && (
            <p class="notice bad" lang="en">
              {data.failure}
            </p>
          )}
          <div class="columns flowing">
            <ModelFacts model={data} />
            <Section id="metrics" title={words.models.metrics}>
              {data.metrics ? (
                <JsonFacts value={data.metrics} />
              ) : (
                <p class="dim">{words.models.noMetrics}</p>
              )}
            </Section>
            {data.limits ? (
              <Section id="limits" title={words.models.limits}>
                <JsonFacts value={data.limits} />
              </Section>
            ) : null}
            {data.trained_on ? (
              <Section id="trained" title={words.models.trainedOn}>
                <JsonFacts value={data.trained_on} />
              </Section>
            ) : null}
          </div>
        </>
      )}
    </>
  )
}

function ModelFacts({ model }: { model: ModelDetails }) {
  const words = useWords()
  const { bytes } = useNumbers()
  const { models: names } = words
  const facts: [string, ComponentChildren][] = [
    ...(model.task ? [[names.task, words.task[model.task]] as [string, string]] : []),
    ...(model.imgsz
      ? [[names.input, `${model.imgsz.width} × ${model.imgsz.height}`] as [string, string]]
      : []),
    ...(model.bytes === null ? [] : [[names.size, bytes(model.bytes)] as [string, string]]),
    ...(model.licence ? [[names.licence, model.licence] as [string, string]] : []),
    ...(model.digest
      ? [[names.digest, <code class="break">{model.digest}</code>] as [string, ComponentChildren]]
      : []),
    [
      names.versions,
      model.versions.map((version) => (
        <a key={version} class="tag" href={modelHash(model.name, version)}>
          {version}
        </a>
      )),
    ],
  ]
  return (
    <Section id="facts" title={names.card}>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {model.classes && (
        <>
          <h3>{names.classes}</h3>
          <ClassNames classes={model.classes} most={CLASSES_SHOWN} />
        </>
      )}
    </Section>
  )
}

function Section({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
  return (
    <section class="panel" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  )
}
