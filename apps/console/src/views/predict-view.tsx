import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { useLoaded } from '../api/use-loaded.ts'
import type { List, Model, ModelSample } from '../api/wire.ts'
import { useApp } from '../app-context.ts'
import { Empty } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { jobHash, toHash } from '../router.ts'
import { CameraDialog } from '../uploads/camera-dialog.tsx'
import { picturesOf } from '../uploads/pictures-of.ts'
import { PredictSettings, useSettings } from '../uploads/predict-settings.tsx'
import { UploadList } from '../uploads/upload-list.tsx'
import { useWords } from '../words/use-words.ts'

interface Picture {
  file: Blob
  name: string
}

/** Where pictures come in. One alone leads to its job; of many, each is followed here. */
export function PredictView({ query }: { query: Record<string, string> }) {
  const words = useWords()
  const { uploads, announce } = useApp()
  const models = useLoaded('models', (signal) => request<List<Model>>('/v1/models', { signal }))
  const settings = useSettings(models.data?.data, query.model)
  const [leftOut, setLeftOut] = useState(0)
  const [withCamera, setCamera] = useState(false)

  async function submit(given: readonly Picture[], others = 0): Promise<void> {
    setLeftOut(others)
    if (given.length === 0) return
    const [only] = await uploads.add(given, settings.fields)
    if (given.length === 1 && only?.job) {
      announce(words.predict.accepted)
      location.hash = jobHash(only.job.id)
    }
  }
  const submitFiles = (files: Iterable<File>) => {
    const { pictures, others } = picturesOf(files, words.predict.pasted)
    void submit(pictures, others)
  }
  const latest = useRef(submitFiles)
  latest.current = submitFiles
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])]
      if (files.length === 0) return
      event.preventDefault()
      latest.current(files)
    }
    addEventListener('paste', paste)
    return () => removeEventListener('paste', paste)
  }, [])

  const standard = models.data?.data.find((model) => model.default)
  // Those of the default model serve others as well: most say something of any picture.
  const sampled = [settings.model?.name, standard?.name].filter((name) => name !== undefined)
  const canServe = models.data === undefined || models.data.data.some(({ available }) => available)
  return (
    <>
      <PageHead title={words.predict.title} lead={words.predict.lead} />
      {models.problem && <ProblemNotice problem={models.problem} onAgain={models.reload} />}
      {!canServe && (
        <Empty icon="models" title={words.models.none}>
          <a href={toHash('models')}>{words.predict.noModels}</a>
        </Empty>
      )}
      <div class="predict">
        <div>
          <DropZone onFiles={submitFiles} onCamera={() => setCamera(true)} />
          {leftOut > 0 && (
            <p class="notice warn" role="alert">
              {words.predict.notPictures(leftOut)}
            </p>
          )}
          <Samples models={sampled} onSample={(picture) => void submit([picture])} />
        </div>
        <PredictSettings settings={settings} models={models.data?.data ?? []} />
      </div>
      <UploadList />
      {withCamera && (
        <CameraDialog onPicture={(picture) => void submit([picture])} onClose={() => setCamera(false)} />
      )}
    </>
  )
}

function DropZone({ onFiles, onCamera }: { onFiles: (files: Iterable<File>) => void; onCamera: () => void }) {
  const { predict: words } = useWords()
  const [isOver, setOver] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const onPhone = useMemo(() => matchMedia('(pointer: coarse)').matches, [])
  const shoot = useRef<HTMLInputElement>(null)

  useDropOnPage(setOver, onFiles)
  const take = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    onFiles([...(currentTarget.files ?? [])])
    currentTarget.value = ''
  }
  return (
    <section class={`drop${isOver ? ' over' : ''}`} aria-label={words.drop}>
      <Icon name="upload" />
      <p class="drop-title">{isOver ? words.dropNow : words.drop}</p>
      <p class="dim">{words.orPaste}</p>
      <div class="row center">
        <button type="button" class="button primary" onClick={() => input.current?.click()}>
          <Icon name="picture" />
          {words.choose}
        </button>
        <button type="button" class="button" onClick={() => (onPhone ? shoot.current?.click() : onCamera())}>
          <Icon name="camera" />
          {words.camera}
        </button>
      </div>
      <input
        ref={input}
        type="file"
        accept="image/*"
        multiple
        hidden
        aria-label={words.choose}
        onChange={take}
      />
      <input
        ref={shoot}
        type="file"
        accept="image/*"
        capture="environment"
        hidden
        aria-label={words.camera}
        onChange={take}
      />
    </section>
  )
}

/** Anywhere on the page: who misses the field must not lose the page to the picture. */
function useDropOnPage(onOver: (isOver: boolean) => void, onFiles: (files: Iterable<File>) => void): void {
  const latest = useRef(onFiles)
  latest.current = onFiles
  useEffect(() => {
    const leaving = new AbortController()
    const { signal } = leaving
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files')
    addEventListener(
      'dragover',
      (event) => {
        if (!holdsFiles(event)) return
        event.preventDefault()
        onOver(true)
      },
      { signal },
    )
    addEventListener('dragleave', ({ relatedTarget }) => relatedTarget === null && onOver(false), { signal })
    addEventListener(
      'drop',
      (event) => {
        onOver(false)
        if (!holdsFiles(event)) return
        event.preventDefault()
        latest.current([...(event.dataTransfer?.files ?? [])])
      },
      { signal },
    )
    return () => leaving.abort()
  }, [])
}

/** For whoever has no picture at hand: of the first of the models that has samples. */
function Samples({ models, onSample }: { models: readonly string[]; onSample: (picture: Picture) => void }) {
  const { predict: words } = useWords()
  const { data } = useLoaded(`samples ${models.join()}`, (signal) => loadSamples(models, signal))
  if (!data || data.length === 0) return null
  return (
    <section class="samples" aria-labelledby="samples">
      <h2 id="samples">{words.samples}</h2>
      <ul>
        {data.slice(0, 6).map(({ name, url }) => (
          <li key={url}>
            <button
              type="button"
              aria-label={words.sample(name)}
              onClick={() =>
                void fetch(url)
                  .then((answer) => answer.blob())
                  .then((file) => onSample({ file, name }))
              }
            >
              <img src={url} alt="" loading="lazy" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

async function loadSamples(models: readonly string[], signal: AbortSignal): Promise<ModelSample[]> {
  for (const model of models) {
    const path = `/v1/models/${encodeURIComponent(model)}/samples`
    const { data } = await request<List<ModelSample>>(path, { signal })
    if (data.length > 0) return data
  }
  return []
}
