import { constants, crc32, deflateRawSync } from 'node:zlib'
import sharp from 'sharp'

/** A picture made to hurt, and what must become of it. */
export interface HostileImage {
  name: string
  bytes: Buffer
  /**
   * `refused`: at the door, with 413, 415 or 422. `unreadable`: there or by the job. `predicted`: like any picture.
   * `decided`: any of these, as long as it is decided.
   */
  fate: 'refused' | 'unreadable' | 'predicted' | 'decided'
}

/** All of them, made anew: no file of a bomb lies anywhere. */
export async function hostileImages(): Promise<HostileImage[]> {
  const groups = await Promise.all([
    pngs(),
    jpegs(),
    webps(),
    gifs(),
    tiffs(),
    avifs(),
    polyglots(),
    cutShort(),
  ])
  return [...groups.flat(), ...others()]
}

type Entry = readonly [name: string, bytes: Buffer, fate: HostileImage['fate']]

const toImages = (format: string, entries: readonly Entry[]): HostileImage[] =>
  entries.map(([name, bytes, fate]) => ({ name: `${format}: ${name}`, bytes, fate }))

const SIZE = { width: 96, height: 64 }

/** Not of one colour, so that every format has something to say of it. */
function picture({ width, height } = SIZE) {
  const pixels = Buffer.alloc(width * height * 3)
  for (let at = 0; at < pixels.length; at++) pixels[at] = (at * 31) ^ (at >> 5)
  return sharp(pixels, { raw: { width, height, channels: 3 } })
}

// PNG: https://www.w3.org/TR/png-3/

const PNG_START = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data])
  return Buffer.concat([u32(data.length), typed, u32(crc32(typed))])
}

/** Colour types: 0 grey, 2 RGB, 3 palette, 6 RGB and alpha. */
function ihdr(width: number, height: number, { depth = 8, colour = 2, interlaced = false } = {}): Buffer {
  return chunk(
    'IHDR',
    Buffer.concat([u32(width), u32(height), Buffer.from([depth, colour, 0, 0, Number(interlaced)])]),
  )
}

const pngOf = (...chunks: Buffer[]) => Buffer.concat([PNG_START, ...chunks, chunk('IEND')])
const idat = (bytes: number) => chunk('IDAT', zeros(bytes))

const MIB = 1024 * 1024
/** A mebibyte of zeros, compressed, which may be followed by more of the same. */
const MIB_OF_ZEROS = deflateRawSync(Buffer.alloc(MIB), { finishFlush: constants.Z_FULL_FLUSH })

/** As zlib would compress them, without the time that it takes: https://www.rfc-editor.org/rfc/rfc1950 */
function zeros(bytes: number): Buffer {
  const rest = deflateRawSync(Buffer.alloc(bytes % MIB))
  const adler = Buffer.concat([u16(bytes % 65_521), u16(1)])
  return Buffer.concat([Buffer.from([0x78, 0xda]), times(Math.floor(bytes / MIB), MIB_OF_ZEROS), rest, adler])
}

async function pngs(): Promise<HostileImage[]> {
  const good = await picture().png().toBuffer()
  const afterHeader = 8 + 25
  const withChunks = (...chunks: Buffer[]) =>
    Buffer.concat([good.subarray(0, afterHeader), ...chunks, good.subarray(afterHeader)])
  const rows = (width: number, height: number, bytesPerPixel: number) => (1 + width * bytesPerPixel) * height
  const frame = Buffer.concat([
    u32(0),
    u32(SIZE.width),
    u32(SIZE.height),
    u32(0),
    u32(0),
    Buffer.from([0, 1, 0, 10, 0, 0]),
  ])
  const text = chunk('tEXt', Buffer.from('Comment\0<script>alert(1)</script>'))
  const profile = (bytes: number) => chunk('iCCP', Buffer.concat([Buffer.from('bomb\0\0'), zeros(bytes)]))
  return toImages('PNG', [
    ['100,000 pixels square, it says', pngOf(ihdr(100_000, 100_000), idat(1000)), 'refused'],
    ['two thousand million pixels wide', pngOf(ihdr(0x7fffffff, 1), idat(1000)), 'refused'],
    ['no pixels', pngOf(ihdr(0, 0), idat(1)), 'refused'],
    ['7000 pixels square, it says, with none', pngOf(ihdr(7000, 7000), idat(100)), 'unreadable'],
    ['49 megapixels of nothing', pngOf(ihdr(7000, 7000), idat(rows(7000, 7000, 3))), 'predicted'],
    [
      '49 megapixels of nothing, 16 bits, alpha',
      pngOf(ihdr(7000, 7000, { depth: 16, colour: 6 }), idat(rows(7000, 7000, 8))),
      'decided',
    ],
    [
      '49 megapixels, interlaced',
      pngOf(ihdr(7000, 7000, { colour: 0, interlaced: true }), idat(50_000_000)),
      'decided',
    ],
    ['one row of 49 megapixels', pngOf(ihdr(49_000_000, 1), idat(rows(49_000_000, 1, 3))), 'refused'],
    [
      'one column of 49 megapixels',
      pngOf(ihdr(1, 49_000_000, { colour: 0 }), idat(rows(1, 49_000_000, 1))),
      'refused',
    ],
    ['as narrow as may be', pngOf(ihdr(1, 65_535, { colour: 0 }), idat(rows(1, 65_535, 1))), 'predicted'],
    ['as wide as may be', pngOf(ihdr(65_535, 700, { colour: 0 }), idat(rows(65_535, 700, 1))), 'predicted'],
    ['200 MB unpacked behind a small picture', pngOf(ihdr(8, 8), idat(200_000_000)), 'decided'],
    ['a profile of 100 MB', withChunks(profile(100_000_000)), 'decided'],
    [
      'a text of 100 MB',
      withChunks(chunk('zTXt', Buffer.concat([Buffer.from('a\0\0'), zeros(100_000_000)]))),
      'decided',
    ],
    ['50,000 texts', withChunks(times(50_000, text)), 'decided'],
    [
      'animated',
      withChunks(chunk('acTL', Buffer.concat([u32(5000), u32(0)])), chunk('fcTL', frame)),
      'predicted',
    ],
    ['a palette that is not there', pngOf(ihdr(8, 8, { colour: 3 }), idat(72)), 'unreadable'],
    ['two headers', withChunks(ihdr(7000, 7000)), 'decided'],
    ['a chunk of 2 GB', withChunks(Buffer.concat([u32(0x7fffffff), Buffer.from('tEXt')])), 'unreadable'],
    [
      'a checksum that is wrong',
      Buffer.concat([good.subarray(0, 29), u32(0), good.subarray(33)]),
      'unreadable',
    ],
    ['of 3 bits a channel', pngOf(ihdr(8, 8, { depth: 3 }), idat(100)), 'unreadable'],
    ['of 16 bits', await picture().toColourspace('rgb16').png().toBuffer(), 'predicted'],
    ['of one bit', await picture().png({ palette: true, colours: 2 }).toBuffer(), 'predicted'],
    ['its header last', Buffer.concat([PNG_START, chunk('IEND'), ihdr(8, 8)]), 'refused'],
  ])
}

// JPEG: https://www.w3.org/Graphics/JPEG/itu-t81.pdf

const segment = (marker: number, data: Buffer) =>
  Buffer.concat([Buffer.from([0xff, marker]), u16(data.length + 2), data])

/** Behind the first two bytes. */
const insert = (jpeg: Buffer, ...segments: Buffer[]) =>
  Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)])

/** Where the frame header begins, that is its marker. */
function frameAt(jpeg: Buffer): number {
  for (let at = 2; at < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    if ([0xc0, 0xc1, 0xc2].includes(jpeg[at + 1] ?? 0)) return at
  }
  throw new Error('the JPEG has no frame header')
}

function patched(bytes: Buffer, at: number, ...values: number[]): Buffer {
  const copy = Buffer.from(bytes)
  copy.set(values, at)
  return copy
}

/**
 * A grey picture whose every coefficient has scans of its own, as the standard allows: each scan is a few bytes, and
 * is a walk over all blocks for whoever decodes it.
 */
function manyScans(side: number, scans: number): Buffer {
  const blocks = Math.ceil(side / 8) ** 2
  const oneSymbol = (tableClass: number, symbol: number) =>
    segment(0xc4, Buffer.from([tableClass, 1, ...Array.from({ length: 15 }, () => 0), symbol]))
  const scan = (first: number, last: number, bits: number, data: Buffer) =>
    Buffer.concat([segment(0xda, Buffer.from([1, 1, 0, first, last, bits])), data])
  // The one code, and the most that it may say: 32,767 blocks more without anything.
  const nothing = bitsOf(Array.from({ length: Math.ceil(blocks / 32_767) }, () => '011111111111111').join(''))
  const walks = Array.from({ length: scans }, (_, at) => {
    const [coefficient, pass] = [1 + (at % 63), Math.floor(at / 63)]
    return scan(coefficient, coefficient, pass === 0 ? 13 : ((14 - pass) << 4) | (13 - pass), nothing)
  })
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, Buffer.alloc(65, 1).fill(0, 0, 1)),
    segment(0xc2, Buffer.concat([Buffer.from([8]), u16(side), u16(side), Buffer.from([1, 1, 0x11, 0])])),
    oneSymbol(0x00, 0),
    oneSymbol(0x10, 0xe0),
    scan(0, 0, 0, Buffer.alloc(Math.ceil(blocks / 8))),
    ...walks,
    Buffer.from([0xff, 0xd9]),
  ])
}

/** As a scan holds them: filled with ones, and a zero byte behind each byte that could be a marker. */
function bitsOf(bits: string): Buffer {
  const bytes = bits.match(/.{1,8}/g)?.map((byte) => Number.parseInt(byte.padEnd(8, '1'), 2)) ?? []
  return Buffer.from(bytes.flatMap((byte) => (byte === 0xff ? [byte, 0] : [byte])))
}

const exif = (block: Buffer) => segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), block]))
const orientation = (value: number, { type = 3, count = 1 } = {}) => exif(tiff([[274, type, count, value]]))

export const GPS_SECRET = 'GPS 48.2082N 16.3738E of someone'

async function jpegs(): Promise<HostileImage[]> {
  const good = await picture().jpeg().toBuffer()
  const frame = frameAt(good)
  const profile = Array.from({ length: 255 }, (_, at) =>
    segment(
      0xe2,
      Buffer.concat([Buffer.from('ICC_PROFILE\0'), Buffer.from([at + 1, 255]), Buffer.alloc(65_000)]),
    ),
  )
  const turned = [0, 1, 6, 8, 9, 255, 65_535].map(
    (value) => [`orientation ${value}`, insert(good, orientation(value)), 'predicted'] as const,
  )
  return toImages('JPEG', [
    ...turned,
    ['65,535 pixels square, it says', patched(good, frame + 5, 255, 255, 255, 255), 'refused'],
    ['7000 pixels square, it says', patched(good, frame + 5, 0x1b, 0x58, 0x1b, 0x58), 'decided'],
    ['no height', patched(good, frame + 5, 0, 0), 'refused'],
    [
      'two frames, the second of 49 megapixels',
      insert(
        good,
        Buffer.from(
          patched(good, frame + 5, 0x1b, 0x58, 0x1b, 0x58).subarray(
            frame,
            frame + 2 + good.readUInt16BE(frame + 2),
          ),
        ),
      ),
      'decided',
    ],
    ['of 12 bits', patched(good, frame + 4, 12), 'unreadable'],
    ['of 255 components', patched(good, frame + 9, 255), 'unreadable'],
    ['lossless, it says', patched(good, frame + 1, 0xc3), 'unreadable'],
    ['arithmetic coding, it says', patched(good, frame + 1, 0xc9), 'decided'],
    ['51 scans', manyScans(7000, 50), 'refused'],
    ['40 scans', manyScans(2000, 40), 'predicted'],
    ['every scan that there can be', manyScans(7000, 882), 'refused'],
    ['CMYK', await picture().toColourspace('cmyk').jpeg().toBuffer(), 'predicted'],
    ['a profile of 16 MB', insert(good, ...profile), 'predicted'],
    ['300 blocks of EXIF', insert(good, times(300, exif(Buffer.alloc(65_000)))), 'predicted'],
    [
      'EXIF where somebody was',
      insert(good, exif(Buffer.concat([tiff([[270, 2, GPS_SECRET.length, 26]]), Buffer.from(GPS_SECRET)]))),
      'predicted',
    ],
    [
      'EXIF that leads to itself',
      insert(good, exif(Buffer.concat([tiff([[274, 3, 1, 6]], { next: 8 }), Buffer.alloc(50)]))),
      'predicted',
    ],
    [
      'EXIF that leads nowhere',
      insert(good, exif(Buffer.from('MM\0*\xff\xff\xff\xff', 'latin1'))),
      'predicted',
    ],
    [
      'an orientation of four thousand million values',
      insert(good, orientation(6, { count: 0xffffffff })),
      'predicted',
    ],
    ['an orientation that is text', insert(good, orientation(6, { type: 2 })), 'predicted'],
    ['5000 comments', insert(good, times(5000, segment(0xfe, Buffer.from('x')))), 'decided'],
    ['ten million fill bytes', insert(good, Buffer.alloc(10_000_000, 0xff)), 'decided'],
    ['ten million zeros behind it', Buffer.concat([good, Buffer.alloc(10_000_000)]), 'predicted'],
    ['a segment without length', insert(good, Buffer.from([0xff, 0xe0, 0, 0])), 'decided'],
    ['its tables missing', Buffer.concat([good.subarray(0, 2), good.subarray(frame)]), 'unreadable'],
  ])
}

// WebP: https://developers.google.com/speed/webp/docs/riff_container

async function webps(): Promise<HostileImage[]> {
  const lossy = await picture().webp().toBuffer()
  const lossless = await picture().webp({ lossless: true }).toBuffer()
  const huge = await sharp({ create: { width: 4000, height: 4000, channels: 3, background: '#123456' } })
    .webp({ lossless: true, effort: 0 })
    .toBuffer()
  const canvas = (width: number, height: number, flags = 0) =>
    riffChunk('VP8X', Buffer.concat([Buffer.from([flags, 0, 0, 0]), u24le(width - 1), u24le(height - 1)]))
  const inCanvas = (webp: Buffer, width: number, height: number) =>
    riff(canvas(width, height), webp.subarray(12))
  const tiny = () => picture({ width: 16, height: 16 })
  const frames = await Promise.all([tiny(), tiny().negate()].map((frame) => frame.png().toBuffer()))
  const animation = await sharp(frames, { join: { animated: true } })
    .webp({ effort: 0 })
    .toBuffer()
  const anmf = animation.indexOf('ANMF')
  return toImages('WebP', [
    ['16 million pixels square, it says', inCanvas(lossy, 16_000_000, 16_000_000), 'refused'],
    ['7000 pixels square around a small picture', inCanvas(lossy, 7000, 7000), 'decided'],
    ['1 pixel around 16 megapixels', inCanvas(huge, 1, 1), 'decided'],
    ['16 megapixels of one colour', huge, 'predicted'],
    ['of no length', patched(lossy, 4, 0, 0, 0, 0), 'unreadable'],
    ['of 4 GB, it says', patched(lossy, 4, 255, 255, 255, 255), 'decided'],
    ['its bits turned', lossless.map((byte, at) => (at > 30 ? byte ^ 0x55 : byte)) as Buffer, 'unreadable'],
    ['4000 frames', Buffer.concat([animation, times(2000, animation.subarray(anmf))]), 'predicted'],
    [
      'animated, it says, without a frame',
      riff(canvas(8, 8, 2), riffChunk('ANIM', Buffer.alloc(6))),
      'unreadable',
    ],
    [
      'a hundred thousand chunks',
      riff(canvas(96, 64), times(100_000, riffChunk('XMP ', Buffer.alloc(0))), lossy.subarray(12)),
      'decided',
    ],
  ])
}

const riff = (...chunks: Buffer[]) => {
  const body = Buffer.concat([Buffer.from('WEBP'), ...chunks])
  return Buffer.concat([Buffer.from('RIFF'), u32le(body.length), body])
}

const riffChunk = (type: string, data: Buffer) =>
  Buffer.concat([Buffer.from(type), u32le(data.length), data, Buffer.alloc(data.length % 2)])

// GIF: https://www.w3.org/Graphics/GIF/spec-gif89a.txt

async function gifs(): Promise<HostileImage[]> {
  const screen = (width: number, height: number) =>
    Buffer.concat([
      Buffer.from('GIF89a'),
      u16le(width),
      u16le(height),
      Buffer.from([0x80, 0, 0, 0, 0, 0, 255, 255, 255]),
    ])
  /** As few bits as say it: every code but the first begins anew. */
  const frame = (width: number, height: number, data = Buffer.from([2, 2, 0x44, 1, 0])) =>
    Buffer.concat([
      Buffer.from([0x2c]),
      u16le(0),
      u16le(0),
      u16le(width),
      u16le(height),
      Buffer.from([0]),
      data,
    ])
  const gif = (width: number, height: number, ...frames: Buffer[]) =>
    Buffer.concat([screen(width, height), ...frames, Buffer.from([0x3b])])
  const comment = Buffer.concat([
    Buffer.from([0x21, 0xfe]),
    times(40_000, Buffer.alloc(256, 255)),
    Buffer.from([0]),
  ])
  const good = await picture().gif().toBuffer()
  return toImages('GIF', [
    ['65,535 pixels square, it says', gif(65_535, 65_535, frame(1, 1)), 'refused'],
    ['1 pixel, with a frame of 65,535 square', gif(1, 1, frame(65_535, 65_535)), 'unreadable'],
    ['1 pixel, with a frame of 7000 square', gif(1, 1, frame(7000, 7000)), 'decided'],
    ['7000 pixels square, with a frame of one', gif(7000, 7000, frame(1, 1)), 'decided'],
    ['200,000 frames', gif(8, 8, times(200_000, frame(1, 1))), 'decided'],
    ['no frame', gif(8, 8), 'unreadable'],
    [
      'no colours',
      Buffer.concat([
        Buffer.from('GIF89a'),
        u16le(8),
        u16le(8),
        Buffer.from([0, 0, 0]),
        frame(8, 8),
        Buffer.from([0x3b]),
      ]),
      'decided',
    ],
    [
      'codes of 12 bits from the start',
      gif(8, 8, frame(8, 8, Buffer.from([12, 3, 255, 255, 255, 0]))),
      'decided',
    ],
    ['a comment of 10 MB', Buffer.concat([good.subarray(0, -1), comment, good.subarray(-1)]), 'decided'],
    ['no end', good.subarray(0, -1), 'decided'],
  ])
}

// TIFF: https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf

type Tag = readonly [tag: number, type: number, count: number, value: number]

/** One directory, at byte 8; what it points at follows. */
function tiff(
  tags: readonly Tag[],
  { next = 0, rest = Buffer.alloc(0) }: { next?: number; rest?: Buffer } = {},
): Buffer {
  const entries = tags.map(([tag, type, count, value]) =>
    Buffer.concat([u16le(tag), u16le(type), u32le(count), u32le(value)]),
  )
  return Buffer.concat([Buffer.from('II*\0'), u32le(8), u16le(tags.length), ...entries, u32le(next), rest])
}

/** Of one strip right behind the directory. */
function strip(width: number, height: number, data: Buffer, changes: Record<number, number> = {}): Buffer {
  const tags: Record<number, number> = {
    256: width,
    257: height,
    258: 8,
    259: 1,
    262: 1,
    273: 0,
    277: 1,
    278: height,
    279: data.length,
    ...changes,
  }
  const count = Object.keys(tags).length
  if (changes[273] === undefined) tags[273] = 8 + 2 + count * 12 + 4
  const list = Object.entries(tags).map(([tag, value]) => [Number(tag), 4, 1, value] as const)
  return tiff(list, { rest: data })
}

export function cmykTiff(width: number, height: number, data: Buffer): Buffer {
  return strip(width, height, data, { 262: 5, 277: 4 })
}

const DEFLATE = { 259: 8 }

async function tiffs(): Promise<HostileImage[]> {
  const small = strip(8, 8, Buffer.alloc(64))
  const chained = Array.from({ length: 20_000 }, (_, at) =>
    Buffer.concat([u16le(1), u16le(256), u16le(4), u32le(1), u32le(8), u32le(small.length + (at + 1) * 18)]),
  )
  const chain = Buffer.concat([small, ...chained])
  chain.writeUInt32LE(small.length, 8 + 2 + 9 * 12)
  const loop = Buffer.from(small)
  loop.writeUInt32LE(8, 8 + 2 + 9 * 12)
  return toImages('TIFF', [
    ['like any other', small, 'predicted'],
    ['100,000 pixels square, it says', strip(100_000, 100_000, Buffer.alloc(64)), 'refused'],
    ['49 megapixels of nothing', strip(7000, 7000, zeros(49_000_000), DEFLATE), 'decided'],
    ['49 megapixels of which none is there', strip(7000, 7000, Buffer.alloc(10)), 'unreadable'],
    ['a strip of 4 GB', strip(8, 8, Buffer.alloc(64), { 279: 0xffffffff }), 'decided'],
    ['a strip far behind the end', strip(8, 8, Buffer.alloc(64), { 273: 0xfffffff0 }), 'unreadable'],
    ['four thousand million rows to a strip', strip(8, 8, Buffer.alloc(64), { 278: 0xffffffff }), 'decided'],
    ['65,535 channels', strip(700, 700, Buffer.alloc(1000), { 277: 65_535 }), 'unreadable'],
    ['65,535 bits a channel', strip(8, 8, Buffer.alloc(64), { 258: 65_535 }), 'unreadable'],
    [
      'tiles of two thousand million pixels',
      strip(8, 8, Buffer.alloc(64), { 322: 0x7ffffff0, 323: 0x7ffffff0 }),
      'unreadable',
    ],
    ['200 MB unpacked in one small strip', strip(8, 8, zeros(200_000_000), DEFLATE), 'decided'],
    ['numbers with a point', strip(8, 8, Buffer.alloc(256), { 258: 32, 339: 3 }), 'decided'],
    [
      'a JPEG inside that is none',
      strip(64, 64, Buffer.from('\xff\xd8\xff\xd9', 'latin1'), { 259: 7 }),
      'unreadable',
    ],
    ['a compression of nobody', strip(8, 8, Buffer.alloc(64), { 259: 60_000 }), 'unreadable'],
    ['a directory that leads to itself', loop, 'decided'],
    ['20,000 directories', chain, 'decided'],
    ['65,535 tags, it says', patched(small, 8, 255, 255), 'unreadable'],
    ['a directory behind the end', patched(small, 4, 255, 255, 255, 127), 'refused'],
    ['of four CMYK channels', await picture().toColourspace('cmyk').tiff().toBuffer(), 'predicted'],
    ['of tiles', await picture().tiff({ tile: true, compression: 'lzw' }).toBuffer(), 'predicted'],
  ])
}

// AVIF: ISO/IEC 23008-12

async function avifs(): Promise<HostileImage[]> {
  const good = await picture().avif({ effort: 0 }).toBuffer()
  const ispe = good.indexOf('ispe') + 8
  const box = (type: string, ...bodies: Buffer[]) => {
    const body = Buffer.concat(bodies)
    return Buffer.concat([u32(body.length + 8), Buffer.from(type), body])
  }
  const meta = good.indexOf('meta') - 4
  return toImages('AVIF', [
    ['100,000 pixels square, it says', patched(good, ispe, 0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0), 'refused'],
    ['7000 pixels square, it says', patched(good, ispe, 0, 0, 0x1b, 0x58, 0, 0, 0x1b, 0x58), 'decided'],
    ['1 pixel, it says', patched(good, ispe, 0, 0, 0, 1, 0, 0, 0, 1), 'decided'],
    [
      'boxes in boxes',
      Buffer.concat([good.subarray(0, meta), nested(2000, box), good.subarray(meta)]),
      'decided',
    ],
    [
      'a hundred thousand empty boxes',
      Buffer.concat([good.subarray(0, meta), times(100_000, box('free')), good.subarray(meta)]),
      'decided',
    ],
    [
      'a box of 2 GB',
      Buffer.concat([good.subarray(0, meta), u32(0x7fffffff), good.subarray(meta + 4)]),
      'unreadable',
    ],
    ['no picture', good.subarray(0, meta), 'refused'],
    ['its picture missing', good.subarray(0, good.indexOf('mdat') + 4), 'unreadable'],
  ])
}

function nested(depth: number, box: (type: string, body: Buffer) => Buffer): Buffer {
  let inner: Buffer = Buffer.alloc(0)
  for (let level = 0; level < depth; level++) inner = box('udta', inner)
  return inner
}

/** Two kinds of file in one. What they begin like is what they are. */
async function polyglots(): Promise<HostileImage[]> {
  const jpeg = await picture().jpeg().toBuffer()
  const gif = await picture().gif().toBuffer()
  const png = await picture().png().toBuffer()
  const zip = Buffer.from('PK\x03\x04\x14\0\0\0\0\0', 'latin1')
  const script = Buffer.from('=1;alert(document.domain)//')
  const page = Buffer.from('<html><script>alert(1)</script></html>')
  const pdf = Buffer.from('%PDF-1.7\n1 0 obj\nstream\n')
  return toImages('Two in one', [
    ['JPEG, then a ZIP', Buffer.concat([jpeg, zip]), 'predicted'],
    ['a ZIP, then JPEG', Buffer.concat([zip, jpeg]), 'refused'],
    ['a PDF, then JPEG', Buffer.concat([pdf, jpeg]), 'refused'],
    ['JPEG with a PDF in a comment', insert(jpeg, segment(0xfe, pdf)), 'predicted'],
    ['a page in a JPEG', insert(jpeg, segment(0xfe, page)), 'predicted'],
    ['PNG, then a page', Buffer.concat([png, page]), 'predicted'],
    ['a page, then PNG', Buffer.concat([page, png]), 'refused'],
    [
      'GIF that is a script',
      Buffer.concat([Buffer.from('GIF89a/*'), gif.subarray(8), Buffer.from('*/'), script]),
      'decided',
    ],
    [
      'an SVG around a JPEG',
      Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg"><image href="data:image/jpeg;base64,${jpeg.toString('base64')}"/></svg>`,
      ),
      'refused',
    ],
    ['one byte before a JPEG', Buffer.concat([Buffer.from([0]), jpeg]), 'refused'],
  ])
}

/** Whole files of every format, ended early, at eight places each. */
async function cutShort(): Promise<HostileImage[]> {
  const wholes = {
    jpeg: await picture().jpeg().toBuffer(),
    'progressive jpeg': await picture().jpeg({ progressive: true }).toBuffer(),
    png: await picture().png().toBuffer(),
    webp: await picture().webp().toBuffer(),
    gif: await picture().gif().toBuffer(),
    tiff: await picture().tiff({ compression: 'lzw' }).toBuffer(),
    avif: await picture().avif({ effort: 0 }).toBuffer(),
  }
  return Object.entries(wholes).flatMap(([format, whole]) =>
    Array.from({ length: 8 }, (_, part) => {
      const length = Math.floor((whole.length * (part + 1)) / 9)
      const fate = 'decided' as const
      return { name: `${format}: ${length} of ${whole.length} bytes`, bytes: whole.subarray(0, length), fate }
    }),
  )
}

/** What is not taken, whatever its name says. */
function others(): HostileImage[] {
  const starts: Record<string, string> = {
    HEIC: '\0\0\0\x18ftypheic\0\0\0\0mif1heic',
    'HEIC of Canon': '\0\0\0\x18ftypheix\0\0\0\0mif1heix',
    'HEIF sequence': '\0\0\0\x18ftypmsf1\0\0\0\0msf1hevc',
    BMP: 'BM\x36\0\x10\0\0\0\0\0\x36\0\0\0\x28\0\0\0',
    SVG: '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><image href="file:///etc/passwd"/></svg>',
    'SVG with an entity':
      '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
    PDF: '%PDF-1.7\n',
    PostScript: '%!PS-Adobe-3.0\n',
    Photoshop: '8BPS\0\x01',
    icon: '\0\0\x01\0\x01\0',
    'JPEG XL': '\xff\x0a\0\0',
    'JPEG 2000': '\0\0\0\x0cjP  \r\n\x87\n',
    'VIPS, big end first': '\xb6\xa6\xf2\x08',
    'VIPS, little end first': '\x08\xf2\xa6\xb6',
    OpenEXR: 'v/1\x01\x02\0\0\0',
    Radiance: '#?RADIANCE\n',
    FITS: 'SIMPLE  =                    T',
    PPM: 'P6\n9 9\n255\n',
    MP4: '\0\0\0\x18ftypisom\0\0\0\0isom',
    ZIP: 'PK\x03\x04',
    gzip: '\x1f\x8b\x08\0',
    ELF: '\x7fELF\x02\x01\x01',
    nothing: '\0',
    text: 'garrafa',
  }
  return Object.entries(starts).map(([name, start]) => ({
    name: `not taken: ${name}`,
    bytes: Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(name === 'text' ? 0 : 300)]),
    fate: 'refused' as const,
  }))
}

const times = (count: number, bytes: Buffer) => Buffer.alloc(count * bytes.length, bytes)

function numbers(write: (buffer: Buffer, value: number) => void, bytes: number) {
  return (value: number) => {
    const buffer = Buffer.alloc(bytes)
    write(buffer, value)
    return buffer
  }
}
const u16 = numbers((buffer, value) => buffer.writeUInt16BE(value), 2)
const u32 = numbers((buffer, value) => buffer.writeUInt32BE(value), 4)
const u16le = numbers((buffer, value) => buffer.writeUInt16LE(value), 2)
const u24le = numbers((buffer, value) => buffer.writeUIntLE(value, 0, 3), 3)
const u32le = numbers((buffer, value) => buffer.writeUInt32LE(value), 4)
