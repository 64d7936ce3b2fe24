import type { Outcome, Sample } from './virtual-cluster.ts'

const WIDTH = 940
const LEFT = 64
const RIGHT = 20
const PANEL_HEIGHT = 96
const PANEL_GAP = 34
const TITLE_HEIGHT = 46

type Line = { label: string; colour: string; of: (sample: Sample) => number }

const PANELS: readonly { title: string; lines: readonly Line[] }[] = [
  {
    title: 'a second',
    lines: [
      { label: 'came', colour: '#718096', of: ({ offered }) => offered },
      { label: 'ended', colour: '#2f855a', of: ({ ended }) => ended },
      { label: 'told to come again', colour: '#c53030', of: ({ refused }) => refused },
    ],
  },
  {
    title: 'jobs waiting',
    lines: [{ label: 'for a worker', colour: '#2b6cb0', of: ({ waiting }) => waiting }],
  },
  {
    title: 'replicas that serve',
    lines: [
      { label: 'workers', colour: '#805ad5', of: ({ workersReady }) => workersReady },
      { label: 'gateways', colour: '#dd6b20', of: ({ gateways }) => gateways },
    ],
  },
]

/** Each profile: what came and ended, what waited, what served. */
export function drawProfiles(outcomes: readonly Outcome[], about: string): string {
  const profileHeight = TITLE_HEIGHT + PANELS.length * (PANEL_HEIGHT + PANEL_GAP)
  const height = 56 + outcomes.length * profileHeight
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="16" y="24" font-size="16" font-weight="600">A load on a cluster in virtual time</text>`,
    `<text x="16" y="42" fill="#555">${escape(about)}</text>`,
    ...outcomes.flatMap((outcome, at) => drawProfile(outcome, 56 + at * profileHeight)),
    '</svg>',
    '',
  ].join('\n')
}

function drawProfile({ profile, about, samples }: Outcome, top: number): string[] {
  const title = `<text x="16" y="${top + 24}"><tspan font-size="14" font-weight="600">${profile}</tspan> <tspan fill="#555">${escape(about)}</tspan></text>`
  const panels = PANELS.flatMap((panel, at) =>
    drawPanel(panel, samples, top + TITLE_HEIGHT + at * (PANEL_HEIGHT + PANEL_GAP)),
  )
  return [title, ...panels]
}

function drawPanel(
  { title, lines }: (typeof PANELS)[number],
  samples: readonly Sample[],
  top: number,
): string[] {
  const seconds = samples.at(-1)?.second ?? 1
  const most = Math.max(1, ...lines.flatMap(({ of }) => samples.map(of)))
  const x = (second: number) => round(LEFT + (second / seconds) * (WIDTH - LEFT - RIGHT))
  const y = (value: number) => round(top + PANEL_HEIGHT - (value / most) * PANEL_HEIGHT)
  const minutes = Array.from({ length: Math.floor(seconds / 300) + 1 }, (_, at) => at * 5)
  return [
    `<text x="16" y="${top - 5}" fill="#555">${title}</text>`,
    ...lines.map(
      ({ label, colour }, at) =>
        `<text x="${170 + at * 130}" y="${top - 5}" fill="${colour}">${label}</text>`,
    ),
    `<line x1="${LEFT}" y1="${y(0)}" x2="${WIDTH - RIGHT}" y2="${y(0)}" stroke="#a0aec0"/>`,
    `<text x="${LEFT - 6}" y="${top + 9}" text-anchor="end" fill="#777">${Math.round(most)}</text>`,
    `<text x="${LEFT - 6}" y="${y(0)}" text-anchor="end" fill="#777">0</text>`,
    ...minutes.map(
      (minute) =>
        `<text x="${x(minute * 60)}" y="${top + PANEL_HEIGHT + 13}" text-anchor="middle" fill="#777">${minute} min</text>`,
    ),
    ...lines.map(
      ({ colour, of }) =>
        `<polyline fill="none" stroke="${colour}" stroke-width="1.6" points="${samples.map((sample) => `${x(sample.second)},${y(of(sample))}`).join(' ')}"/>`,
    ),
  ]
}

const round = (value: number) => Math.round(value * 10) / 10
const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
