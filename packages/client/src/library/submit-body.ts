import type { OutgoingImage } from './image-source.ts'
import type { Asked } from './transport.ts'
import { toText } from './transport.ts'
import type { JobParameters } from './wire-types.ts'

/** How a submit carries its image: with a name as a form, without one as it is, from elsewhere as its address or its upload id. */
export function toSubmitBody(
  image: OutgoingImage | { uploadId: string },
  parameters: JobParameters,
): Pick<Asked<never>, 'query' | 'json' | 'body' | 'headers'> {
  if ('url' in image) return { json: { image_url: image.url, ...parameters } }
  if ('uploadId' in image) return { json: { upload_id: image.uploadId, ...parameters } }
  const { blob, name } = image
  if (name === undefined) {
    return {
      query: parameters,
      headers: { 'content-type': 'application/octet-stream' },
      body: () => blob,
    }
  }
  return {
    body() {
      const form = new FormData()
      for (const [field, value] of Object.entries(parameters)) {
        if (value !== undefined) form.append(field, toText(value))
      }
      form.append('image', blob, name)
      return form
    },
  }
}
