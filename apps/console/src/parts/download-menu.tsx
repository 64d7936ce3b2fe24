import type { FormatName } from '@lupa/core/formats/formats'
import { useEffect, useRef, useState } from 'preact/hooks'
import { fetchRender } from '../api/fetch-render.ts'
import { Problem } from '../api/problem.ts'
import { withQuery } from '../api/request.ts'
import type { Job } from '../api/wire.ts'
import type { ClassCount } from '../picture/filter-items.ts'
import { useWords } from '../words/use-words.ts'
import { Icon } from './icon.tsx'
import { ProblemNotice } from './problem-notice.tsx'
import { saveAs } from './save-as.ts'

const WRITTEN: readonly FormatName[] = ['native', 'coco', 'yolo', 'labelme', 'csv', 'geojson', 'svg']
/** They say where something is: what a classify model says has no place. */
const LOCATED_ONLY: ReadonlySet<FormatName> = new Set(['coco', 'labelme', 'geojson'])

/** Pictures that a worker makes. */
const RENDERS = [
  { kind: 'annotated', format: 'jpeg', extension: 'jpg', ofPlaces: false },
  { kind: 'crops', format: undefined, extension: 'zip', ofPlaces: true },
] as const

export interface SeenUnder {
  conf: number
  iou: number
  hidden: ReadonlySet<number>
  classes: readonly ClassCount[]
}

/** The prediction as files, as it is seen now. */
export function DownloadMenu({ job, view }: { job: Job; view?: SeenUnder }) {
  const words = useWords()
  const menu = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const close = ({ target }: Event) => {
      if (menu.current && !menu.current.contains(target as Node)) menu.current.open = false
    }
    addEventListener('pointerdown', close)
    return () => removeEventListener('pointerdown', close)
  }, [])

  const query = queryOf(view)
  const stem = (job.image_name ?? job.id).replace(/(?<=.)\.[^.]*$/, '')
  const has = (format: FormatName) => job.model.task !== 'classify' || !LOCATED_ONLY.has(format)
  const files = [
    ...WRITTEN.filter(has).map((format) => ({
      label: words.formats[format],
      href: withQuery(job.links.self, { ...query, format }),
    })),
    { label: words.formats.image, href: job.links.image },
  ]
  return (
    <details class="menu" ref={menu} onKeyDown={({ key, currentTarget }) => closeOn(key, currentTarget)}>
      <summary class="button">
        <Icon name="download" />
        {words.job.download}
      </summary>
      <ul>
        {files.map(({ label, href }) => (
          <li key={label}>
            {/* The gateway says what to call it. */}
            <a href={href} download="">
              {label}
            </a>
          </li>
        ))}
        {'annotated' in job.links &&
          RENDERS.filter(({ ofPlaces }) => !ofPlaces || job.model.task !== 'classify').map((render) => (
            <li key={render.kind}>
              <RenderButton
                label={words.formats[render.kind]}
                path={withQuery(`${job.links.self}/${render.kind}`, { ...query, format: render.format })}
                name={`${stem}.${render.kind}.${render.extension}`}
              />
            </li>
          ))}
      </ul>
    </details>
  )
}

function RenderButton({ label, path, name }: { label: string; path: string; name: string }) {
  const [isMaking, setMaking] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  async function save(): Promise<void> {
    setMaking(true)
    setProblem(undefined)
    try {
      saveAs(name, await fetchRender(path, pause))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
    } finally {
      setMaking(false)
    }
  }
  return (
    <>
      <button type="button" disabled={isMaking} onClick={() => void save()}>
        {isMaking && <span class="spinner" aria-hidden="true" />}
        {label}
      </button>
      {problem && <ProblemNotice problem={problem} />}
    </>
  )
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    window.setTimeout(resolve, ms)
  })
}

function closeOn(key: string, menu: HTMLDetailsElement): void {
  if (key !== 'Escape') return
  menu.open = false
  menu.querySelector('summary')?.focus()
}

/** As the gateway takes it: classes by number, left out when all are shown. */
function queryOf(view: SeenUnder | undefined): Record<string, string | number | undefined> {
  if (!view) return {}
  const shown = view.classes.filter((one) => !view.hidden.has(one.class)).map((one) => one.class)
  return {
    conf: view.conf,
    iou: view.iou,
    classes: view.hidden.size > 0 && shown.length > 0 ? shown.join(',') : undefined,
  }
}
