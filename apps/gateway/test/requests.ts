import { randomBytes } from 'node:crypto'
import sharp from 'sharp'

const PNG = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#884422' } })
  .png()
  .toBuffer()

/** A picture that nobody has sent before: bytes behind the end of a PNG are not part of it. */
export function newImage(): Buffer {
  return Buffer.concat([PNG, randomBytes(16)])
}

export type FormPart =
  | { name: string; value: string }
  | { name: string; fileName?: string; type?: string; bytes: Buffer }

/** A multipart request of these parts, in this order, for `app.inject`. */
export function form(...parts: FormPart[]) {
  const boundary = `lupa-${randomBytes(8).toString('hex')}`
  const chunks = parts.flatMap((part) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${part.name}"`,
    ...('value' in part
      ? ['\r\n\r\n', part.value]
      : [
          part.fileName === undefined ? '' : `; filename="${part.fileName}"`,
          `\r\nContent-Type: ${part.type ?? 'application/octet-stream'}\r\n\r\n`,
          part.bytes,
        ]),
    '\r\n',
  ])
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    payload: Buffer.concat([...chunks, `--${boundary}--\r\n`].map((chunk) => Buffer.from(chunk))),
  }
}

/** The usual request: one image in the field `image`. */
export function imageForm(image = newImage(), ...fields: FormPart[]) {
  return form(...fields, { name: 'image', fileName: 'garrafa.png', type: 'image/png', bytes: image })
}
