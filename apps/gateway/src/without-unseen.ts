/**
 * What nobody sees, or what turns the letters around it: control characters, line and paragraph ends, marks of
 * direction, a space of no width. Not the joiners, which emoji and some scripts are written with.
 */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu

export function withoutUnseen(text: string): string {
  return text.toWellFormed().replace(UNSEEN, '')
}
