import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'

/** A ZIP of these entries; a name that ends with `/` is a folder. */
export async function zipOf(
  entries: [name: string, bytes: Buffer][],
  { compress = true } = {},
): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [name, bytes] of entries) {
    if (name.endsWith('/')) zip.addEmptyDirectory(name)
    else zip.addBuffer(bytes, name, { compress })
  }
  zip.end()
  return buffer(zip.outputStream)
}

/** Gives an entry another name of the same length, also one that no packer would write. */
export function renamed(zip: Buffer, from: string, to: string): Buffer {
  if (from.length !== to.length) throw new Error('both names must have one length')
  return Buffer.from(zip.toString('latin1').replaceAll(from, to), 'latin1')
}
