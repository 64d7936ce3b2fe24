import { useEffect, useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { useLoaded } from '../api/use-loaded.ts'
import type { Queue } from '../api/wire.ts'
import { Empty } from '../parts/empty.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { Sparkline } from '../parts/sparkline.tsx'
import { useNumbers } from '../words/use-numbers.ts'
import { useWords } from '../words/use-words.ts'

const EVERY_MS = 1000
/** A minute and a half of them is kept. */
const SAMPLES = 90

/** The queue as it is, and as it was since this page was opened. */
export function QueueView() {
  const words = useWords()
  const { data, problem, isLoading, reload } = useLoaded(
    'queue',
    (signal) => request<Queue>('/v1/queue', { signal }),
    {
      everyMs: EVERY_MS,
    },
  )
  const samples = useSamples(data)
  return (
    <>
      <PageHead title={words.queue.title} lead={words.queue.lead} />
      {problem && <ProblemNotice problem={problem} onAgain={reload} />}
      {isLoading && <Loading />}
      {data && (
        <>
          <QueueTiles queue={data} />
          <div class="columns">
            <section class="panel" aria-labelledby="depth">
              <h2 id="depth">{words.queue.depthOverTime}</h2>
              <Sparkline
                label={words.queue.depthOverTime}
                room={SAMPLES}
                lines={[
                  { name: words.queue.waiting, values: samples.map(({ waiting }) => waiting) },
                  { name: words.queue.running, values: samples.map(({ running }) => running) },
                ]}
              />
              <p class="legend">
                <span class="swatch line-1" aria-hidden="true" /> {words.queue.waiting}{' '}
                <span class="swatch line-2" aria-hidden="true" /> {words.queue.running}
              </p>
            </section>
            <section class="panel" aria-labelledby="rate">
              <h2 id="rate">{words.queue.rateOverTime}</h2>
              <Sparkline
                label={words.queue.rateOverTime}
                room={SAMPLES}
                lines={[
                  { name: words.queue.rate, values: samples.map(({ rate_per_second: rate }) => rate ?? 0) },
                ]}
              />
            </section>
          </div>
          <Workers queue={data} />
        </>
      )}
    </>
  )
}

function useSamples(queue: Queue | undefined): readonly Queue[] {
  const [samples, setSamples] = useState<readonly Queue[]>([])
  useEffect(() => {
    if (queue) setSamples((before) => [...before, queue].slice(-SAMPLES))
  }, [queue])
  return samples
}

function QueueTiles({ queue }: { queue: Queue }) {
  const { queue: words, common } = useWords()
  const { number, seconds } = useNumbers()
  const inSeconds = (value: number | null) => (value === null ? null : common.seconds(seconds(value)))
  const tiles: [string, string, string?][] = [
    [words.waiting, number(queue.waiting)],
    [words.running, number(queue.running)],
    [words.oldest, inSeconds(queue.oldest_waiting_seconds) ?? '–'],
    [words.rate, queue.rate_per_second === null ? '–' : number(queue.rate_per_second, 1)],
    [
      words.eta,
      inSeconds(queue.eta_seconds) ?? (queue.waiting + queue.running === 0 ? words.now : words.unknown),
    ],
    [words.places, number(queue.taken), words.placesOf(number(queue.limit), number(queue.taken_by_you))],
    ...(queue.delayed > 0 ? [[words.delayed, number(queue.delayed)] as [string, string]] : []),
  ]
  return (
    <dl class="tiles">
      {tiles.map(([name, value, note]) => (
        <div key={name} class="tile">
          <dt>{name}</dt>
          <dd class="numeric">
            {value}
            {note && <span class="dim">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Workers({ queue: { workers } }: { queue: Queue }) {
  const { queue: words } = useWords()
  const { number } = useNumbers()
  return (
    <section class="panel" aria-labelledby="workers">
      <h2 id="workers">{words.workers}</h2>
      {workers.length === 0 && (
        <Empty icon="failed" title={words.noWorkers}>
          {words.noWorkersText}
        </Empty>
      )}
      <ul class="workers">
        {workers.map(({ name, slots, busy }) => (
          <li key={name}>
            <strong>{name}</strong>
            <span class="slots" aria-hidden="true">
              {Array.from({ length: slots }, (_, slot) => (
                <span key={slot} class={slot < busy ? 'busy' : ''} />
              ))}
            </span>
            <span class="dim">{words.slots(number(busy), number(slots))}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
