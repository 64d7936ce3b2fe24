/**
 * Orders versions by their dotted parts, numbers as numbers: 1.9 before 1.10. A number comes after any
 * other part, and a version after its own beginning. What follows a hyphen comes before the same without:
 * `2-rc1` before `2`, and a quantized `v1-int8` before `v1`.
 */
export function compareVersions(a: string, b: string): number {
  const partsA = a.split('.')
  const partsB = b.split('.')
  for (let index = 0; index < Math.max(partsA.length, partsB.length); index++) {
    const order = compareParts(partsA[index], partsB[index])
    if (order !== 0) return order
  }
  return compareText(a, b)
}

function compareParts(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  const isNumberA = /^\d+$/.test(a)
  const isNumberB = /^\d+$/.test(b)
  if (isNumberA !== isNumberB) return Number(isNumberA) - Number(isNumberB)
  return isNumberA ? compareNumbers(BigInt(a), BigInt(b)) : compareWords(a, b)
}

function compareWords(a: string, b: string): number {
  const wordsA = a.split('-')
  const wordsB = b.split('-')
  const shared = Math.min(wordsA.length, wordsB.length)
  for (let index = 0; index < shared; index++) {
    const order = compareText(wordsA[index] ?? '', wordsB[index] ?? '')
    if (order !== 0) return order
  }
  return wordsB.length - wordsA.length
}

const compareNumbers = (a: bigint, b: bigint) => Number(a > b) - Number(a < b)
const compareText = (a: string, b: string) => Number(a > b) - Number(a < b)
