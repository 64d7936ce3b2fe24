import type { Machine } from './machine.ts'
import { isKept, type Row } from './workload.ts'

const WIDTH = 940
const LABEL_WIDTH = 480
const ROW_HEIGHT = 34
const TOP = 64
const BAR_WIDTH = WIDTH - LABEL_WIDTH - 90

/** The ratios as bars, each with its spread and its goal. */
export function drawRows({ machine, rows }: { machine: Machine; rows: Row[] }): string {
  const height = TOP + rows.length * ROW_HEIGHT + 24
  const about = `${machine.cores} cores (${machine.processor}), ${machine.system}, Node ${machine.node.slice(1)}, ${machine.commit}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="16" y="26" font-size="16" font-weight="600">Lupa beside what it is measured against</text>`,
    `<text x="16" y="46" fill="#555">${escape(about)}; bars: medians, lines: least to most of the rounds, marks: goals</text>`,
    ...rows.flatMap((row, at) => drawRow(row, TOP + at * ROW_HEIGHT)),
    '</svg>',
    '',
  ].join('\n')
}

function drawRow(row: Row, top: number): string[] {
  const { ratio, goal } = row
  const most = 1.15 * Math.max(ratio.most, goal ?? 0, row.better === 'more' ? 1 : 0)
  const x = (value: number) => Math.round(LABEL_WIDTH + (Math.max(0, value) / most) * BAR_WIDTH)
  const kept = isKept(row)
  const colour = kept === null ? '#7a8794' : kept ? '#2f855a' : '#c05621'
  const middle = top + ROW_HEIGHT / 2
  return [
    `<text x="16" y="${middle + 4}">${escape(`${row.workload}: ${row.what}`)} <tspan fill="#777">of ${escape(row.of)}</tspan></text>`,
    `<rect x="${LABEL_WIDTH}" y="${top + 7}" width="${x(ratio.median) - LABEL_WIDTH}" height="18" rx="2" fill="${colour}"/>`,
    `<line x1="${x(ratio.least)}" y1="${middle - 1}" x2="${x(ratio.most)}" y2="${middle - 1}" stroke="#1a202c"/>`,
    ...(goal === null
      ? []
      : [
          `<line x1="${x(goal)}" y1="${top + 3}" x2="${x(goal)}" y2="${top + 29}" stroke="#1a202c" stroke-width="2" stroke-dasharray="3 2"/>`,
        ]),
    `<text x="${WIDTH - 76}" y="${middle + 4}" font-weight="600">${ratio.median.toFixed(2)}</text>`,
  ]
}

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
