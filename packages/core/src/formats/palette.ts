/**
 * Colours of classes, by class number. `distinct` can be told apart by the colour-blind as well: it begins
 * with the colours of Okabe and Ito (https://jfly.uni-koeln.de/color/), without black, brighter ones first,
 * and goes on with those of Paul Tol's muted scheme (https://personal.sron.nl/~pault/) that differ from them.
 * `ultralytics` is what its plots have. `white` lets the picture speak.
 */
export const PALETTES = {
  distinct: [
    '#56b4e9',
    '#e69f00',
    '#009e73',
    '#f0e442',
    '#d55e00',
    '#cc79a7',
    '#0072b2',
    '#ddcc77',
    '#882255',
    '#44aa99',
    '#332288',
    '#999933',
  ],
  ultralytics: [
    '#042aff',
    '#0bdbeb',
    '#f3f3f3',
    '#00dfb7',
    '#111f68',
    '#ff6fdd',
    '#ff444f',
    '#cced00',
    '#00f344',
    '#bd00ff',
    '#00b4ff',
    '#dd00ba',
    '#00ffff',
    '#26c000',
    '#01ffb3',
    '#7d24ff',
    '#7b0068',
    '#ff1b6c',
    '#fc6d2f',
    '#a2ff0b',
  ],
  white: ['#ffffff'],
} as const satisfies Record<string, readonly string[]>

export type PaletteName = keyof typeof PALETTES

export const PALETTE_NAMES = Object.keys(PALETTES) as [PaletteName, ...PaletteName[]]

export function colourOf(classNumber: number, palette: PaletteName = 'distinct'): string {
  const colours = PALETTES[palette]
  return colours[classNumber % colours.length] as string
}

/** Black or white, whichever is easier to read on the colour. */
export function inkOn(colour: string): '#000000' | '#ffffff' {
  const luminance = luminanceOf(colour)
  return (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) ? '#000000' : '#ffffff'
}

/** WCAG's relative luminance, 0 to 1: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
export function luminanceOf(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
