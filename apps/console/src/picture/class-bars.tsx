import type { PredictionItem } from '@lupa/core/domain/prediction'
import { colourOf } from '@lupa/core/formats/palette'
import { useNumbers } from '../words/use-numbers.ts'
import { useWords } from '../words/use-words.ts'

/** What a classify model takes the picture for, the surest first. */
export function ClassBars({ items }: { items: readonly PredictionItem[] }) {
  const { job: words } = useWords()
  const { percent } = useNumbers()
  const [top] = items
  return (
    <section class="panel" aria-labelledby="classes">
      <h2 id="classes">{words.topClasses}</h2>
      {top && (
        <p class="verdict">
          {top.name} <span class="dim">{percent(top.confidence, 1)}</span>
        </p>
      )}
      <ol class="bars">
        {items.map((item) => (
          <li key={item.class}>
            <span class="bar-name">{item.name}</span>
            <span class="bar-track" aria-hidden="true">
              <span
                class="bar-fill"
                style={{
                  width: `${Math.max(0.5, item.confidence * 100)}%`,
                  background: colourOf(item.class),
                }}
              />
            </span>
            <span class="numeric">{percent(item.confidence, 1)}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}
