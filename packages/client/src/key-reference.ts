/** The id in a key, so that one that turned up somewhere can be given as it is; anything else is an id itself. */
export function toKeyId(text: string): string {
  return /^lupa_([0-9a-z]+)_/.exec(text)?.[1] ?? text
}
