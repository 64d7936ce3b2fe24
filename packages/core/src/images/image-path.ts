/**
 * Where an image is kept below its folder or container: `<last two characters of the key>/<key>`.
 *
 * Keys are UUIDv7, which begin with the time, so those of one hour begin alike. Their ends spread
 * evenly: no folder gets huge, and Blob Storage, which splits its load by the beginning of names, can.
 */
export function imagePath(key: string): string {
  if (!isKey(key)) {
    throw new TypeError(
      `${JSON.stringify(key)} cannot be the key of an image: only letters, digits and "-" can`,
    )
  }
  return `${key.slice(-2)}/${key}`
}

/** The inverse of imagePath; undefined when no image is kept there. */
export function imageKey(path: string): string | undefined {
  const key = path.slice(path.indexOf('/') + 1)
  return isKey(key) && imagePath(key) === path ? key : undefined
}

function isKey(text: string): boolean {
  return /^[0-9a-zA-Z-]+$/.test(text)
}
