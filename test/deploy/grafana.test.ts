import { expect, test } from 'vitest'
import { DASHBOARD, type Panel } from './dashboard.ts'

const { panels, templating } = DASHBOARD
const isRow = ({ type }: Panel) => type === 'row'

test('panels have ids and titles of their own', () => {
  for (const key of ['id', 'title'] as const) {
    expect(new Set(panels.map((panel) => panel[key])).size).toBe(panels.length)
  }
})

test('panels lie in 24 columns, none upon another', () => {
  const taken = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
  )
  expect(taken.filter((cell, at) => taken.indexOf(cell) !== at)).toEqual([])
  expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([])
})

test.for(panels.filter((panel) => !isRow(panel)).map((panel) => [panel.title, panel] as const))(
  '%s asks the Prometheus that was chosen, and has a unit',
  ([, { datasource, fieldConfig, targets = [] }]) => {
    expect(templating.list).toMatchObject([{ name: 'datasource', type: 'datasource' }])
    const chosen = { type: 'prometheus', uid: '${datasource}' }
    expect(datasource).toEqual(chosen)
    expect(fieldConfig?.defaults.unit).toBeTruthy()
    expect(targets.length).toBeGreaterThan(0)
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length)
    for (const target of targets) expect(target.datasource).toEqual(chosen)
  },
)

test('the figures of the original plan come first', () => {
  const [, ...rest] = panels
  const first = rest.slice(0, rest.findIndex(isRow)).map(({ title }) => title)
  expect(first).toEqual(
    expect.arrayContaining([
      'Mean response time',
      'Maximum response time',
      'Uptime',
      'Error rate',
      'CPU',
      'Memory',
      'Gateways',
      'Workers',
    ]),
  )
})
