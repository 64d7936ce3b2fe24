import type { PictureChoice, PictureFingerprint } from '@lupa/core/models/model-reports'

export interface Split {
  /** What the ranges of the numbers are measured on. */
  calibration: PictureChoice[]
  /** What the result is judged on: no picture that looks like one of the others. */
  evaluation: PictureChoice[]
  /** Paths of those that cannot be read. */
  unreadable: string[]
  /** Paths left out of the evaluation because they look like pictures of the calibration. */
  alike: string[]
}

/** More pictures tell little more of the ranges; every one costs half a second or so. */
const MOST_CALIBRATION = 100
const MOST_EVALUATION = 200
/** Fewer pictures than this are joined by variants of them. */
const ENOUGH_CALIBRATION = 64
const ENOUGH_EVALUATION = 24
/** Of 64 bits. The same photograph in another format, size or shade differs in up to 6. */
const ALIKE_BITS = 8

/** Puts a third of the pictures aside; those that look alike stay together. */
export function splitPictures(pictures: readonly PictureFingerprint[]): Split {
  const groups = groupAlike(pictures)
  // The groups are in the order of their fingerprints, which says nothing of what is in them.
  const evaluation = groups.filter((_, index) => index % 3 === 1)
  const calibration = groups.filter((_, index) => index % 3 !== 1)
  return {
    calibration: enlarge(calibration.flat().slice(0, MOST_CALIBRATION), ENOUGH_CALIBRATION),
    evaluation: enlarge(evaluation.flat().slice(0, MOST_EVALUATION), ENOUGH_EVALUATION),
    unreadable: unreadableOf(pictures),
    alike: [],
  }
}

/** Takes the pictures as they were divided by whoever asks, but none for both. */
export function keepApart(
  calibration: readonly PictureFingerprint[],
  evaluation: readonly PictureFingerprint[],
): Split {
  const isAlike = (picture: PictureFingerprint) => calibration.some((other) => looksLike(picture, other))
  const readable = evaluation.filter(({ fingerprint }) => fingerprint !== null)
  return {
    calibration: enlarge(pathsOf(calibration).slice(0, MOST_CALIBRATION), ENOUGH_CALIBRATION),
    evaluation: enlarge(
      pathsOf(readable.filter((picture) => !isAlike(picture))).slice(0, MOST_EVALUATION),
      ENOUGH_EVALUATION,
    ),
    unreadable: unreadableOf([...calibration, ...evaluation]),
    alike: pathsOf(readable.filter(isAlike)),
  }
}

/** The pictures, and if they are few as many variants of them in turn. */
function enlarge(paths: readonly string[], enough: number): PictureChoice[] {
  const choices = paths.map((path) => ({ path, variant: 0 }))
  if (paths.length === 0) return choices
  for (let variant = 1; choices.length < enough; variant++) {
    for (const path of paths) if (choices.length < enough) choices.push({ path, variant })
  }
  return choices
}

/** Paths by group; any two that look alike are in one, and so are those that are alike through others. */
function groupAlike(pictures: readonly PictureFingerprint[]): string[][] {
  const groups: PictureFingerprint[][] = []
  for (const picture of pictures.toSorted(byFingerprint)) {
    if (picture.fingerprint === null) continue
    const same = groups.filter((group) => group.some((other) => looksLike(picture, other)))
    for (const group of same) groups.splice(groups.indexOf(group), 1)
    groups.push([...same.flat(), picture])
  }
  return groups.toSorted((a, b) => compareText(a[0]?.fingerprint ?? '', b[0]?.fingerprint ?? '')).map(pathsOf)
}

function looksLike(a: PictureFingerprint, b: PictureFingerprint): boolean {
  if (a.fingerprint === null || b.fingerprint === null) return false
  let different = BigInt(`0x${a.fingerprint}`) ^ BigInt(`0x${b.fingerprint}`)
  let bits = 0
  for (; different > 0n; different &= different - 1n) bits++
  return bits <= ALIKE_BITS
}

const pathsOf = (pictures: readonly PictureFingerprint[]) =>
  pictures.filter(({ fingerprint }) => fingerprint !== null).map(({ path }) => path)
const unreadableOf = (pictures: readonly PictureFingerprint[]) =>
  pictures.filter(({ fingerprint }) => fingerprint === null).map(({ path }) => path)
const byFingerprint = (a: PictureFingerprint, b: PictureFingerprint) =>
  compareText(a.fingerprint ?? '', b.fingerprint ?? '') || compareText(a.path, b.path)
const compareText = (a: string, b: string) => Number(a > b) - Number(a < b)
