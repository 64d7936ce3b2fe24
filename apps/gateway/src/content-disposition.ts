/** RFC 6266: to be shown; saved it has a plain name for old readers, and the client's own one for the others. */
export function inlineAs({ plain, own }: { plain: string; own: string | null }): string {
  if (own === null) return `inline; filename="${plain}"`
  const encoded = encodeURIComponent(own.toWellFormed()).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `inline; filename="${plain}"; filename*=UTF-8''${encoded}`
}
