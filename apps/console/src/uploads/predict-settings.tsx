import { useEffect } from 'preact/hooks'
import type { Model } from '../api/wire.ts'
import { useApp } from '../app-context.ts'
import { Field } from '../parts/field.tsx'
import { Slider } from '../parts/slider.tsx'
import { useWords } from '../words/use-words.ts'
import type { Choice } from './choice.ts'

export interface Settings {
  choice: Choice
  change: (patch: Partial<Choice>) => void
  /** The model that would run. */
  model: Model | undefined
  /** Form fields beside the picture. */
  fields: Record<string, string>
}

/** The choice is kept while the page is open; an address may name another model (`name@version`). */
export function useSettings(models: readonly Model[] | undefined, wanted = ''): Settings {
  const { choice, setChoice } = useApp()
  useEffect(() => {
    const [model = '', version = ''] = wanted.split('@')
    if (model) setChoice({ ...choice, model, version })
  }, [wanted])
  const ofName = (models ?? []).filter((one) => (choice.model ? one.name === choice.model : one.default))
  const model =
    ofName.find((one) => one.version === choice.version || one.aliases.includes(choice.version)) ??
    ofName.find((one) => one.aliases.includes('stable')) ??
    ofName[0]
  return {
    choice,
    change: (patch) => setChoice({ ...choice, ...patch }),
    model,
    fields: fieldsOf(choice, model),
  }
}

function fieldsOf({ version, conf, iou, maxDet, tags, webhook }: Choice, model: Model | undefined) {
  const fields: Record<string, string> = {}
  if (model) fields.model = version ? `${model.name}@${version}` : model.name
  if (model && model.task !== 'classify') {
    fields.conf = String(conf)
    fields.iou = String(iou)
    if (maxDet) fields.max_det = maxDet
  }
  if (tags.trim()) fields.tags = tags.trim()
  if (webhook.trim()) fields.webhook_url = webhook.trim()
  return fields
}

export function PredictSettings({ settings, models }: { settings: Settings; models: readonly Model[] }) {
  const words = useWords()
  const { choice, change, model } = settings
  const names = [...new Set(models.filter(({ available }) => available).map(({ name }) => name))]
  const versions = models.filter(({ name, available }) => available && name === model?.name)
  const aliases = versions.flatMap((one) => one.aliases.map((alias) => ({ alias, version: one.version })))
  return (
    <section class="panel settings" aria-label={words.predict.model}>
      <Field label={words.predict.model}>
        {(ids) => (
          <select
            {...ids}
            value={model?.name ?? ''}
            onChange={({ currentTarget }) => change({ model: currentTarget.value, version: '' })}
          >
            {names.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      {versions.length + aliases.length > 1 && (
        <Field label={words.predict.version}>
          {(ids) => (
            <select
              {...ids}
              value={choice.version}
              onChange={({ currentTarget }) => change({ version: currentTarget.value })}
            >
              <option value="">{words.predict.versionDefault}</option>
              {aliases.map(({ alias, version }) => (
                <option key={alias} value={alias}>
                  {alias} ({version})
                </option>
              ))}
              {versions.map(({ version }) => (
                <option key={version} value={version}>
                  {version}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      {model && (
        <p class="dim model-note">
          {model.task && <span class="badge">{words.task[model.task]}</span>}{' '}
          <span lang="en">{model.description}</span>
        </p>
      )}
      {model?.task !== 'classify' && (
        <Slider
          label={words.predict.conf}
          value={choice.conf}
          min={0.01}
          onValue={(conf) => change({ conf })}
          hint={words.predict.confHint}
        />
      )}
      <details class="more">
        <summary>{words.predict.more}</summary>
        {model?.task !== 'classify' && (
          <>
            <Slider
              label={words.predict.iou}
              value={choice.iou}
              step={0.05}
              onValue={(iou) => change({ iou })}
              hint={words.predict.iouHint}
            />
            <Field label={words.predict.maxDet}>
              {(ids) => (
                <input
                  {...ids}
                  type="number"
                  min="1"
                  max="3000"
                  value={choice.maxDet}
                  onInput={({ currentTarget }) => change({ maxDet: currentTarget.value })}
                />
              )}
            </Field>
          </>
        )}
        <Field label={words.predict.tags} hint={words.predict.tagsHint}>
          {(ids) => (
            <input
              {...ids}
              type="text"
              value={choice.tags}
              onInput={({ currentTarget }) => change({ tags: currentTarget.value })}
            />
          )}
        </Field>
        <Field label={words.predict.webhook} hint={words.predict.webhookHint}>
          {(ids) => (
            <input
              {...ids}
              type="url"
              placeholder="https://"
              value={choice.webhook}
              onInput={({ currentTarget }) => change({ webhook: currentTarget.value })}
            />
          )}
        </Field>
      </details>
    </section>
  )
}
