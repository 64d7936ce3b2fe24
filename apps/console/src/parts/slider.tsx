import { useId } from 'preact/hooks'
import { useNumbers } from '../words/use-numbers.ts'

export interface SliderProps {
  label: string
  value: number
  onValue: (value: number) => void
  min?: number
  max?: number
  step?: number
  /** Bars behind it: how much there is at each value from 0 to 1. */
  histogram?: readonly number[]
  hint?: string
}

export function Slider({
  label,
  value,
  onValue,
  min = 0,
  max = 1,
  step = 0.01,
  histogram,
  hint,
}: SliderProps) {
  const id = useId()
  const { percent } = useNumbers()
  return (
    <div class="slider">
      <div class="slider-head">
        <label for={id}>{label}</label>
        <output for={id}>{percent(value)}</output>
      </div>
      {histogram && <Histogram counts={histogram} from={value} />}
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={percent(value)}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={({ currentTarget }) => onValue(Number(currentTarget.value))}
      />
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

/** Most candidates are unsure: by square roots the few sure ones are seen as well. */
function Histogram({ counts, from }: { counts: readonly number[]; from: number }) {
  const most = Math.sqrt(Math.max(1, ...counts))
  return (
    <svg class="histogram" viewBox={`0 0 ${counts.length} 10`} preserveAspectRatio="none" aria-hidden="true">
      {counts.map((count, bin) => {
        const height = count === 0 ? 0 : Math.max(0.6, (Math.sqrt(count) / most) * 10)
        const isIn = (bin + 1) / counts.length > from
        return (
          <rect
            key={bin}
            class={isIn ? 'in' : ''}
            x={bin + 0.1}
            y={10 - height}
            width={0.8}
            height={height}
          />
        )
      })}
    </svg>
  )
}
