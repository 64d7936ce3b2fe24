import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { expect, test } from 'vitest'
import { anyDetectJob, EXAMPLES } from '../../test/formats/predicted-jobs.ts'
import { PALETTE_NAMES } from './palette.ts'
import { LABELS, toSvg } from './svg.ts'

interface Element {
  name: string
  attributes: Record<string, string>
  text: string
}

/** Its elements; throws when it is not well-formed XML. */
function read(svg: string): Element[] {
  const elements: Element[] = []
  const open: Element[] = []
  const parser = new SaxesParser({ xmlns: true })
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    const values = Object.entries(attributes).map(([key, attribute]) => [key, attribute.value])
    const element = { name, attributes: Object.fromEntries(values) as Record<string, string>, text: '' }
    elements.push(element)
    open.push(element)
  })
  parser.on('text', (text) => {
    const element = open.at(-1)
    if (element) element.text += text
  })
  parser.on('closetag', () => void open.pop())
  parser.write(svg).close()
  return elements
}

const named = (svg: string, name: string) => read(svg).filter((element) => element.name === name)
const textsOf = (svg: string) => named(svg, 'text').map(({ text }) => text)

test('a detection is a group with its box, and its label stands above all shapes', () => {
  const elements = read(toSvg(EXAMPLES.detect))
  expect(
    elements.filter(({ name }) => name === 'g').map(({ attributes }) => attributes['data-name']),
  ).toEqual(['cup', 'person'])
  expect(elements.find(({ attributes }) => attributes.x === '10')?.attributes).toMatchObject({
    y: '20',
    width: '100',
    height: '200',
  })
  expect(textsOf(toSvg(EXAMPLES.detect))).toEqual(['cup 0.50', 'person 0.91'])
})

test('masks, keypoints, rotated boxes and classes are drawn too', () => {
  expect(named(toSvg(EXAMPLES.segment), 'path')[0]?.attributes.d).toBe(
    'M20 40L60 80L20 80ZM80 40L100 40L100 60L80 60Z',
  )
  // The third is too unsure to be shown.
  expect(
    named(toSvg(EXAMPLES.pose), 'circle').map(({ attributes }) => [attributes.cx, attributes.cy]),
  ).toEqual([
    ['20', '50'],
    ['30', '60'],
  ])
  expect(named(toSvg(EXAMPLES.obb), 'path')[0]?.attributes.d).toBe('M100 50L150 100L100 150L50 100Z')
  expect(textsOf(toSvg(EXAMPLES.classify))).toEqual(['aberta 0.97', 'fechada 0.03'])
})

test('a person of 17 keypoints has a skeleton', () => {
  const at = Array.from({ length: 17 }, (_, index) => 10 + index)
  const [item] = EXAMPLES.pose.predictions
  const keypoints = { x: at, y: at, visible: at.map(() => 1) }
  const svg = toSvg({
    ...EXAMPLES.pose,
    predictions: [{ ...item, keypoints } as (typeof EXAMPLES.pose.predictions)[0]],
  })
  // Each limb is a line on a wider one.
  expect(named(svg, 'path')).toHaveLength(2 * 19)
})

test('labels and lines are as asked for', () => {
  expect(textsOf(toSvg(EXAMPLES.detect, { labels: 'name' }))).toEqual(['cup', 'person'])
  expect(textsOf(toSvg(EXAMPLES.detect, { labels: 'none' }))).toEqual([])
  expect(toSvg(EXAMPLES.detect, { lineWidth: 7, labels: 'none' })).toContain('stroke-width="7"')
  expect(toSvg(EXAMPLES.detect, { palette: 'ultralytics' })).toContain('#042aff')
})

test('the image lies beneath, when it is given', () => {
  const image = read(toSvg(EXAMPLES.detect, { imageHref: '/v1/jobs/1/image?a&b' })).findIndex(
    ({ name }) => name === 'image',
  )
  expect(read(toSvg(EXAMPLES.detect, { imageHref: '/v1/jobs/1/image?a&b' }))[image]?.attributes.href).toBe(
    '/v1/jobs/1/image?a&b',
  )
  expect(image).toBe(2)
  expect(named(toSvg(EXAMPLES.detect), 'image')).toEqual([])
})

test('whatever its names are, it is well-formed, runs nothing, and holds every label inside the image', () => {
  const options = fc.record({
    palette: fc.constantFrom(...PALETTE_NAMES),
    labels: fc.constantFrom(...LABELS),
  })
  fc.assert(
    fc.property(anyDetectJob, options, (job, chosen) => {
      const elements = read(toSvg(job, chosen))
      expect(elements.map(({ name }) => name)).not.toContain('script')
      expect(new Set(elements.map(({ name }) => name))).toEqual(
        new Set(
          elements
            .map(({ name }) => name)
            .filter((name) => ['svg', 'title', 'g', 'rect', 'text'].includes(name)),
        ),
      )
      for (const { name, attributes } of elements) {
        if (name !== 'rect') continue
        const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((key) => Number(attributes[key])) as [
          number,
          number,
          number,
          number,
        ]
        expect(Math.min(x, y)).toBeGreaterThanOrEqual(0)
        expect(x + width).toBeLessThanOrEqual(job.image.width + 0.02)
        if (attributes.fill === 'none') expect(y + height).toBeLessThanOrEqual(job.image.height + 0.02)
      }
    }),
  )
})
