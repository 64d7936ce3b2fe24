/** What a file is that is none of our image formats, for a person to read, and what to do about it. */
export interface OtherType {
  what: string
  hint: string
}

const CONVERT = 'Convert it first, for example with `magick input output.jpg`.'

interface Signature extends OtherType {
  matches: (start: string) => boolean
}

/** The first that matches counts. `start` holds bytes as Latin-1. */
const SIGNATURES: readonly Signature[] = [
  {
    what: 'a HEIC image',
    hint: 'Convert it first, for example with `heif-convert input.heic output.jpg`; on an iPhone choose Settings, Camera, Formats, Most Compatible.',
    matches: (start) => /^ftyp(hei|hev|mif1|msf1)/.test(start.slice(4)),
  },
  {
    what: 'a BMP image',
    hint: CONVERT,
    matches: (start) => start.startsWith('BM') && start.slice(6, 10) === '\0\0\0\0',
  },
  { what: 'a JPEG XL image', hint: CONVERT, matches: startsWith('\xff\x0a', '\0\0\0\x0cJXL ') },
  { what: 'a JPEG 2000 image', hint: CONVERT, matches: startsWith('\0\0\0\x0cjP  ') },
  { what: 'a Photoshop document', hint: CONVERT, matches: startsWith('8BPS') },
  { what: 'an icon (ICO)', hint: CONVERT, matches: startsWith('\0\0\x01\0') },
  {
    what: 'a PDF document',
    hint: 'Send its pages as images, for example made with `pdftoppm -jpeg input.pdf page`.',
    matches: startsWith('%PDF'),
  },
  {
    what: 'an SVG drawing',
    hint: 'Render it first, for example with `rsvg-convert input.svg > output.png`.',
    matches: (start) => /^\s*<(svg|\?xml|!--|!doctype svg)/i.test(start) && /<svg[\s>]/.test(start),
  },
  {
    what: 'a video or another ISO media file',
    hint: 'Send one of its frames as an image.',
    matches: (start) => start.slice(4, 8) === 'ftyp',
  },
  { what: 'a ZIP archive', hint: 'Send the images in it one by one.', matches: startsWith('PK\x03\x04') },
  {
    what: 'a web page or XML',
    hint: 'Check that what was downloaded is the image itself.',
    matches: (start) => /^\s*<(!doctype html|html|\?xml)/i.test(start),
  },
]

export function nameOtherType(bytes: Buffer): OtherType {
  const start = bytes.toString('latin1', 0, 1024)
  const known = SIGNATURES.find(({ matches }) => matches(start))
  if (known) return known
  if (isText(bytes.subarray(0, 512))) {
    return {
      what: 'text',
      hint: 'Check that the file sent is the image itself; with curl, mind the @ in `-F image=@photo.jpg`.',
    }
  }
  return {
    what: 'a file of unknown type',
    hint: 'Check that it is an image, and that it was not cut or encoded on its way.',
  }
}

function startsWith(...beginnings: string[]): Signature['matches'] {
  return (start) => beginnings.some((beginning) => start.startsWith(beginning))
}

/** Printable UTF-8, as far as one can see. */
function isText(bytes: Buffer): boolean {
  // A character may be cut at the end of what is looked at.
  const text = new TextDecoder().decode(bytes, { stream: true })
  return !/\p{Cc}|\ufffd/u.test(text.replace(/[\t\n\v\f\r]/g, ''))
}
