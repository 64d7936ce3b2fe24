import { useEffect, useRef } from 'preact/hooks'
import { withQuery } from '../api/request.ts'
import type { Job } from '../api/wire.ts'
import type { ClassCount } from '../picture/filter-items.ts'
import { useWords } from '../words/use-words.ts'
import { Icon } from './icon.tsx'

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
  const files: [string, string, string][] = [
    [words.formats.json, withQuery(job.links.self, query), `${job.id}.json`],
    [words.formats.image, job.links.image, job.image_name ?? job.id],
  ]
  return (
    <details class="menu" ref={menu} onKeyDown={({ key, currentTarget }) => closeOn(key, currentTarget)}>
      <summary class="button">
        <Icon name="download" />
        {words.job.download}
      </summary>
      <ul>
        {files.map(([label, href, name]) => (
          <li key={label}>
            <a href={href} download={name}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </details>
  )
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
