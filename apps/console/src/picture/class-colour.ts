/** Bright enough to be seen on a photograph, and apart from their neighbours. */
const COLOURS = [
  '#ff5a4f',
  '#2fb5ff',
  '#ffc21a',
  '#3ddc84',
  '#c77dff',
  '#ff8a3d',
  '#14d3c5',
  '#ff6fb5',
  '#a4d93b',
  '#7d8cff',
  '#f0e442',
  '#e08b8b',
]

/** One class, one colour. */
export function classColour(classNumber: number): string {
  return COLOURS[classNumber % COLOURS.length] as string
}
