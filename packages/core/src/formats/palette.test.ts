import { expect, test } from 'vitest'
import { colourOf, inkOn, luminanceOf, PALETTE_NAMES, PALETTES } from './palette.ts'

test.each(PALETTE_NAMES)('text on every colour of `%s` is as easy to read as WCAG asks for', (name) => {
  for (const colour of PALETTES[name]) {
    const [bright, dark] = [luminanceOf(colour), luminanceOf(inkOn(colour))].toSorted((a, b) => b - a) as [
      number,
      number,
    ]
    expect((bright + 0.05) / (dark + 0.05)).toBeGreaterThanOrEqual(4.5)
  }
})

test('there are more classes than colours', () => {
  expect(colourOf(PALETTES.distinct.length)).toBe(colourOf(0))
})
