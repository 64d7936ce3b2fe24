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

/** Where what was made of an image is kept: beside it, and gone with it. */
export function rendersPath(key: string): string {
  return `${imagePath(key)}${RENDERS}`
}

export function renderPath(key: string, name: string): string {
  if (!/^[0-9a-z][0-9a-z.-]*$/.test(name)) {
    throw new TypeError(
      `${JSON.stringify(name)} cannot be the name of a render: only a-z, 0-9, "." and "-" can`,
    )
  }
  return `${rendersPath(key)}/${name}`
}

const RENDERS = '.renders'

/** The key of the image that is kept there, or of which something that was made is; undefined for other paths. */
export function imageKey(path: string): string | undefined {
  const [folder = '', name = ''] = path.split('/')
  const key = name.endsWith(RENDERS) ? name.slice(0, -RENDERS.length) : name
  return isKey(key) && imagePath(key) === `${folder}/${key}` ? key : undefined
}

function isKey(text: string): boolean {
  return /^[0-9a-zA-Z-]+$/.test(text)
}
