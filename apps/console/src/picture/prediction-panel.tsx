import type { PredictionItem } from '@lupa/core/domain/prediction'
import { colourOf } from '@lupa/core/formats/palette'
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { request, withQuery } from '../api/request.ts'
import { useLoaded } from '../api/use-loaded.ts'
import type { Job } from '../api/wire.ts'
import { DownloadMenu } from '../parts/download-menu.tsx'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { Slider } from '../parts/slider.tsx'
import { useDebounced } from '../parts/use-debounced.ts'
import { useNumbers } from '../words/use-numbers.ts'
import { useWords } from '../words/use-words.ts'
import { confidenceHistogram, countClasses, filterItems } from './filter-items.ts'
import { JobPicture } from './job-picture.tsx'

/** The lowest `conf` that the gateway takes: what is less sure is not stored. */
const LOWEST_CONF = 0.01
const MOST_DETECTIONS = 3000

export interface PredictionPanelProps {
  job: Job
  below: ComponentChildren
  beside: ComponentChildren
}

/**
 * What was found in a picture, seen under other parameters at will. All candidates of the stored prediction are
 * fetched once for each `iou`; the slider and the classes then choose among them here.
 */
export function PredictionPanel({ job, below, beside }: PredictionPanelProps) {
  const words = useWords()
  const { number, percent } = useNumbers()
  const [conf, setConf] = useState(job.params.conf)
  const [iou, setIou] = useState(job.params.iou)
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set())
  const [lit, setLit] = useState<number | null>(null)
  const [withLabels, setLabels] = useState(true)
  const { items: all, problem } = useCandidates(job, iou)

  const shown = useMemo(
    () => filterItems(all ?? job.predictions ?? [], { conf, hidden, maxDet: job.params.max_det }),
    [all, job.predictions, conf, hidden],
  )
  const histogram = useMemo(() => all && confidenceHistogram(all), [all])
  const classes = useMemo(
    () => countClasses((all ?? []).filter(({ confidence }) => confidence > conf)),
    [all, conf],
  )
  const isChanged = conf !== job.params.conf || iou !== job.params.iou || hidden.size > 0

  return (
    <div class="result">
      <div>
        <JobPicture job={job} items={shown} lit={lit} onLight={setLit} withLabels={withLabels} />
        <div class="row between picture-tools">
          <label class="check">
            <input type="checkbox" checked={withLabels} onChange={() => setLabels(!withLabels)} />
            {words.job.showLabels}
          </label>
          <DownloadMenu job={job} view={{ conf, iou, hidden, classes: countClasses(all ?? []) }} />
        </div>
        {below}
      </div>
      <div>
        <section class="panel prediction" aria-labelledby="detections">
          <div class="row between">
            <h2 id="detections" aria-live="polite">
              {words.job.detections(shown.length)}
            </h2>
            {isChanged && (
              <button
                type="button"
                class="button quiet"
                onClick={() => {
                  setConf(job.params.conf)
                  setIou(job.params.iou)
                  setHidden(new Set())
                }}
              >
                {words.job.reset}
              </button>
            )}
          </div>
          {problem && <ProblemNotice problem={problem} />}
          <Slider
            label={words.job.confidence}
            value={conf}
            min={LOWEST_CONF}
            onValue={setConf}
            {...(histogram ? { histogram } : {})}
            hint={`${words.job.stored} ${all ? words.job.shownOf(number(shown.length), number(all.length)) : ''}`}
          />
          <ClassChips classes={classes} hidden={hidden} onHidden={setHidden} />
          <DetectionList items={shown} lit={lit} onLight={setLit} percent={percent} />
          <details class="more">
            <summary>{words.predict.more}</summary>
            <Slider
              label={words.job.overlap}
              value={iou}
              step={0.05}
              onValue={setIou}
              hint={words.predict.iouHint}
            />
          </details>
        </section>
        {beside}
      </div>
    </div>
  )
}

/** Whatever was stored, under an `iou`: the model is not run. */
function useCandidates(job: Job, iou: number) {
  const asked = useDebounced(iou, 200)
  const path = withQuery(job.links.self, {
    conf: LOWEST_CONF,
    iou: asked,
    max_det: MOST_DETECTIONS,
    masks: job.model.task === 'segment' ? 'polygon' : undefined,
  })
  const { data, problem } = useLoaded<Job>(path, (signal) => request<Job>(path, { signal }))
  const last = useRef<readonly PredictionItem[] | undefined>(undefined)
  if (data) last.current = data.predictions ?? []
  return { items: last.current, problem }
}

interface ClassChipsProps {
  classes: readonly { class: number; name: string; count: number }[]
  hidden: ReadonlySet<number>
  onHidden: (hidden: ReadonlySet<number>) => void
}

/** Pressed: shown. */
function ClassChips({ classes, hidden, onHidden }: ClassChipsProps) {
  const { job: words } = useWords()
  const { number } = useNumbers()
  if (classes.length < 2 && hidden.size === 0) return null
  function toggle(classNumber: number): void {
    const next = new Set(hidden)
    if (!next.delete(classNumber)) next.add(classNumber)
    onHidden(next)
  }
  return (
    <fieldset class="chips">
      <legend>{words.classes}</legend>
      {classes.map(({ class: classNumber, name, count }) => (
        <button
          key={classNumber}
          type="button"
          class="chip"
          aria-pressed={!hidden.has(classNumber)}
          onClick={() => toggle(classNumber)}
        >
          <span class="swatch" style={{ background: colourOf(classNumber) }} aria-hidden="true" />
          {name} <span class="numeric dim">{number(count)}</span>
        </button>
      ))}
      {hidden.size > 0 && (
        <button type="button" class="chip" onClick={() => onHidden(new Set())}>
          {words.allClasses}
        </button>
      )}
    </fieldset>
  )
}

interface DetectionListProps {
  items: readonly PredictionItem[]
  lit: number | null
  onLight: (index: number | null) => void
  percent: (share: number, digits?: number) => string
}

/** A row lights its shape up, and a shape its row. */
function DetectionList({ items, lit, onLight, percent }: DetectionListProps) {
  const { job: words } = useWords()
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => {
    if (lit === null || list.current?.contains(document.activeElement)) return
    list.current?.children[lit]?.scrollIntoView({ block: 'nearest' })
  }, [lit])

  if (items.length === 0) {
    return (
      <div class="nothing">
        <strong>{words.nothing}</strong>
        <p class="dim">{words.nothingText}</p>
      </div>
    )
  }
  return (
    <ol class="detections" ref={list} aria-label={words.list} onPointerLeave={() => onLight(null)}>
      {items.map((item, index) => (
        <li key={index}>
          <button
            type="button"
            class={lit === index ? 'lit' : ''}
            onPointerEnter={() => onLight(index)}
            onFocus={() => onLight(index)}
            onBlur={() => onLight(null)}
          >
            <span class="swatch" style={{ background: colourOf(item.class) }} aria-hidden="true" />
            <span class="detection-name">{item.name}</span>
            <span class="bar-track" aria-hidden="true">
              <span
                class="bar-fill"
                style={{ width: `${item.confidence * 100}%`, background: colourOf(item.class) }}
              />
            </span>
            <span class="numeric">{percent(item.confidence, 1)}</span>
          </button>
        </li>
      ))}
    </ol>
  )
}
