/** Of a character, in parts of the font's size, in the bold sans-serif fonts that are about. */
function widthOf(character: string): number {
  if (/[ijl.,:;'|!()[\]I ]/.test(character)) return 0.34
  if (/[frt\-/\\]/.test(character)) return 0.42
  if (/[mwMW%@]/.test(character)) return 0.92
  if (/[A-Z&]/.test(character)) return 0.7
  // Chinese, Japanese, Korean and emoji are as wide as they are high.
  if (
    /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{1f000}-\u{1faff}]/u.test(
      character,
    )
  )
    return 1
  return 0.6
}

/**
 * About how wide a text will be. Which font draws it is not known; whoever draws it should stretch it to
 * this width.
 */
export function textWidth(text: string, fontSize: number): number {
  let width = 0
  for (const character of text) width += widthOf(character)
  return width * fontSize
}
