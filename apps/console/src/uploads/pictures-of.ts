/** Some systems know no type for these. */
const PICTURE_NAME = /\.(jpe?g|png|webp|avif|tiff?|gif)$/i

/** The pictures among files; the gateway has the last word on what is one. */
export function picturesOf(
  files: Iterable<File>,
  nameless: string,
): { pictures: { file: File; name: string }[]; others: number } {
  const all = [...files]
  const pictures = all
    .filter(({ type, name }) => type.startsWith('image/') || (type === '' && PICTURE_NAME.test(name)))
    .map((file) => ({ file, name: file.name || `${nameless}.png` }))
  return { pictures, others: all.length - pictures.length }
}
