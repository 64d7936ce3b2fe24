export interface SparklineProps {
  label: string
  /** Oldest first; lines share one scale. */
  lines: { name: string; values: readonly number[] }[]
  /** How many values the width stands for. */
  room: number
}

export function Sparkline({ label, lines, room }: SparklineProps) {
  const most = Math.max(1, ...lines.flatMap(({ values }) => [...values]))
  const latest = lines.map(({ name, values }) => `${name} ${values.at(-1) ?? 0}`).join(', ')
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${room - 1} 40`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${label}: ${latest}`}
    >
      {lines.map(({ name, values }, index) => {
        const points = values.map((value, at) => `${room - values.length + at},${38 - (value / most) * 36}`)
        const area = points.length > 0 ? `${room - values.length},38 ${points.join(' ')} ${room - 1},38` : ''
        return (
          <g key={name} class={`line-${index + 1}`}>
            <polygon points={area} />
            <polyline points={points.join(' ')} vector-effect="non-scaling-stroke" />
          </g>
        )
      })}
    </svg>
  )
}
