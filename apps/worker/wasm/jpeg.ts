// AssemblyScript, as wasm/resample.ts: `pnpm wasm` compiles it to src/inference/jpeg.wasm. Decodes the scan of a
// baseline JPEG, to the bit as libjpeg-turbo does with its default settings ("islow", fancy upsampling); its header
// is read where this is called: src/inference/decode-jpeg.ts. Whatever is irregular is answered with -1.
// https://www.w3.org/Graphics/JPEG/itu-t81.pdf, https://github.com/libjpeg-turbo/libjpeg-turbo

/** Bits that a table of codes is asked for at once; longer codes are looked for length by length. */
const LOOK_BITS: i32 = 10
/** Within a table, behind its entries: limits and offsets by length of code, then the symbols. */
const LIMITS: usize = 4 << LOOK_BITS
const OFFSETS: usize = LIMITS + 72
const SYMBOLS: usize = OFFSETS + 72

/**
 * The coded bytes without stuffing and restart markers, up to the next marker. Where each restart begins is
 * written to `restarts`, of which there may be `most`. Returns the number of bytes.
 */
export function unstuff(source: usize, bytes: i32, target: usize, restarts: usize, most: i32): i32 {
  const end = source + <usize>bytes
  const all = i8x16.splat(-1)
  let to = target
  let found = 0
  while (source + 16 <= end) {
    const group = v128.load(source)
    const marks = i8x16.bitmask(i8x16.eq(group, all))
    v128.store(to, group)
    if (marks == 0) {
      source += 16
      to += 16
      continue
    }
    const plain = <usize>ctz(marks)
    source += plain
    to += plain
    if (source + 2 > end) return -1
    const next = <i32>load<u8>(source + 1)
    if (next == 0) {
      store<u8>(to++, 0xff)
    } else if (next >= 0xd0 && next <= 0xd7) {
      if (found == most || next != 0xd0 + (found & 7)) return -1
      store<i32>(restarts + (<usize>found << 2), <i32>(to - target))
      found++
    } else {
      return found == most ? <i32>(to - target) : -1
    }
    source += 2
  }
  return -1
}

/** Bytes as numbers of 32 bits, their first byte the highest. */
export function swapBytes(address: usize, bytes: i32): void {
  const end = address + <usize>bytes
  for (; address < end; address += 16) {
    const group = v128.load(address)
    v128.store(
      address,
      v128.shuffle<u8>(group, group, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12),
    )
  }
}

/** What begins with these bits: its length in bits, that of its code, its size and its run, a byte each; 0: nothing. */
// @ts-ignore: decorator
@inline
function symbolOf(table: usize, bits: u32): i32 {
  const entry = load<i32>(table + (<usize>(bits >>> (32 - LOOK_BITS)) << 2))
  return entry != 0 ? entry : longSymbolOf(table, bits)
}

function longSymbolOf(table: usize, bits: u32): i32 {
  for (let length = LOOK_BITS + 1; length <= 16; length++) {
    if (<i32>(bits >>> 16) < load<i32>(table + LIMITS + (<usize>length << 2))) {
      const at = <i32>(bits >>> (32 - length)) + load<i32>(table + OFFSETS + (<usize>length << 2))
      const symbol = <i32>load<u8>(table + SYMBOLS + <usize>(at & 255))
      const size = symbol & 15
      return (length + size) | (length << 8) | (size << 16) | ((symbol >> 4) << 24)
    }
  }
  return 0
}

/** The number of `size` bits behind the code: those that begin with 0 are negative. */
// @ts-ignore: decorator
@inline
function valueOf(bits: u32, symbol: i32, size: i32): i32 {
  const magnitude = <i32>((bits << ((symbol >> 8) & 31)) >>> (32 - size))
  return magnitude + (((magnitude - (1 << (size - 1))) >> 31) & ((-1 << size) + 1))
}

/** The last coefficient that the block before had, in zigzag order. */
let last: i32 = 0

/** Reads a block of coefficients, which were zero. Returns where the next one begins. */
function readBlock(
  stream: usize,
  at: i32,
  dcTable: usize,
  acTable: usize,
  predictor: usize,
  zigzag: usize,
  block: usize,
): i32 {
  // The bits to come, of which `left` are there, the first one highest: always enough for a code and its number.
  let next = stream + (<usize>(at >> 5) << 2)
  let ahead = rotl<u64>(load<u64>(next), 32) << (<u64>at & 31)
  let left = 64 - (at & 31)
  next += 8

  let bits = <u32>(ahead >> 32)
  let symbol = symbolOf(dcTable, bits)
  let size = (symbol >> 16) & 255
  if (symbol == 0 || symbol >>> 24 != 0 || size > 11) return -1
  let dc = load<i32>(predictor)
  if (size != 0) dc += valueOf(bits, symbol, size)
  store<i32>(predictor, dc)
  store<i16>(block, <i16>dc)
  ahead <<= symbol & 63
  left -= symbol & 63
  last = 0
  for (let k = 1; k < 64; k++) {
    if (left < 32) {
      ahead |= <u64>load<u32>(next) << (32 - left)
      left += 32
      next += 4
    }
    bits = <u32>(ahead >> 32)
    symbol = symbolOf(acTable, bits)
    ahead <<= symbol & 63
    left -= symbol & 63
    k += symbol >>> 24
    size = (symbol >> 16) & 15
    if (size == 0) {
      if (symbol == 0) return -1
      if (symbol >>> 24 == 0) break
      if (symbol >>> 24 != 15 || k > 62) return -1
      continue
    }
    if (k > 63 || size > 10) return -1
    store<i16>(block + <usize>load<u8>(zigzag + k), <i16>valueOf(bits, symbol, size))
    last = k
  }
  return (<i32>(next - stream) << 3) - left
}

/**
 * Reads the scan and computes its samples. `components` has three rows of eight numbers: blocks across and down
 * in an MCU, addresses of the codes of DC and AC, of the quantization (16 bits, row by row), of the samples, their
 * stride, and the last DC. Returns the bits that were read.
 */
export function decodeScan(
  stream: usize,
  bits: i32,
  mcusAcross: i32,
  mcusDown: i32,
  components: usize,
  restartEvery: i32,
  restarts: usize,
  zigzag: usize,
  work: usize,
): i32 {
  const block = work + 128
  let at = 0
  let untilRestart = restartEvery
  for (let x: usize = 0; x < 128; x += 16) v128.store(block + x, i64x2.splat(0))
  for (let mcuY = 0; mcuY < mcusDown; mcuY++) {
    for (let mcuX = 0; mcuX < mcusAcross; mcuX++) {
      if (restartEvery != 0 && untilRestart-- == 0) {
        at = (at + 7) & ~7
        if (at >> 3 != load<i32>(restarts)) return -1
        restarts += 4
        untilRestart = restartEvery - 1
        for (let c: usize = 0; c < 96; c += 32) store<i32>(components + c + 28, 0)
      }
      for (let c: usize = 0; c < 96; c += 32) {
        const component = components + c
        const across = load<i32>(component)
        const down = load<i32>(component + 4)
        const dcTable = <usize>load<i32>(component + 8)
        const acTable = <usize>load<i32>(component + 12)
        const quantization = <usize>load<i32>(component + 16)
        const stride = load<i32>(component + 24)
        const samples = <usize>load<i32>(component + 20)
        for (let y = 0; y < down; y++) {
          for (let x = 0; x < across; x++) {
            at = readBlock(stream, at, dcTable, acTable, component + 28, zigzag, block)
            if (at < 0 || at > bits) return -1
            const target =
              samples + <usize>((mcuY * down + y) * 8 * stride + (mcuX * across + x) * 8)
            if (last == 0) fillBlock(block, quantization, target, <usize>stride)
            else transformBlock(block, quantization, work, target, <usize>stride)
          }
        }
      }
    }
  }
  return at
}

/** A block of one level. */
function fillBlock(block: usize, quantization: usize, target: usize, stride: usize): void {
  // In 16 bits, as in the transform.
  const dc = <i32>(<i16>((<i32>load<i16>(block) * <i32>load<u16>(quantization)) << 2))
  const level = min(max((dc + 16) >> 5, -128), 127) + 128
  const row = <u64>level * 0x0101010101010101
  for (let y = 0; y < 8; y++) {
    store<u64>(target, row)
    target += stride
  }
  store<i16>(block, 0)
}

/** Two numbers of 16 bits in one of 32. */
// @ts-ignore: decorator
@inline
function pair(first: i32, second: i32): v128 {
  return i32x4.splat((first & 0xffff) | (second << 16))
}

// @ts-ignore: decorator
@inline
function low(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
}

// @ts-ignore: decorator
@inline
function high(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
}

/** Half a pass: four of eight columns, in 32 bits; the results are rounded to `shift` bits less. */
// @ts-ignore: decorator
@inline
function halfPass(
  sum04: v128,
  difference04: v128,
  pair26: v128,
  pair71: v128,
  pair53: v128,
  sums: v128,
  shift: i32,
  target: usize,
): void {
  const rounding = i32x4.splat(1 << (shift - 1))
  const even0 = i32x4.add(i32x4.shl(sum04, 13), rounding)
  const even1 = i32x4.add(i32x4.shl(difference04, 13), rounding)
  const even2 = i32x4.dot_i16x8_s(pair26, pair(4433, -10704))
  const even3 = i32x4.dot_i16x8_s(pair26, pair(10703, 4433))
  const a0 = i32x4.add(even0, even3)
  const a3 = i32x4.sub(even0, even3)
  const a1 = i32x4.add(even1, even2)
  const a2 = i32x4.sub(even1, even2)
  const z3 = i32x4.dot_i16x8_s(sums, pair(-6436, 9633))
  const z4 = i32x4.dot_i16x8_s(sums, pair(9633, 6437))
  const odd0 = i32x4.add(i32x4.dot_i16x8_s(pair71, pair(-4927, -7373)), z3)
  const odd3 = i32x4.add(i32x4.dot_i16x8_s(pair71, pair(-7373, 4926)), z4)
  const odd1 = i32x4.add(i32x4.dot_i16x8_s(pair53, pair(-4176, -20995)), z4)
  const odd2 = i32x4.add(i32x4.dot_i16x8_s(pair53, pair(-20995, 4177)), z3)
  v128.store(target, i32x4.shr_s(i32x4.add(a0, odd3), shift))
  v128.store(target, i32x4.shr_s(i32x4.add(a1, odd2), shift), 32)
  v128.store(target, i32x4.shr_s(i32x4.add(a2, odd1), shift), 64)
  v128.store(target, i32x4.shr_s(i32x4.add(a3, odd0), shift), 96)
  v128.store(target, i32x4.shr_s(i32x4.sub(a3, odd0), shift), 128)
  v128.store(target, i32x4.shr_s(i32x4.sub(a2, odd1), shift), 160)
  v128.store(target, i32x4.shr_s(i32x4.sub(a1, odd2), shift), 192)
  v128.store(target, i32x4.shr_s(i32x4.sub(a0, odd3), shift), 224)
}

/** One direction of the inverse transform, of eight columns side by side: eight rows of 32 bits to `target`. */
// @ts-ignore: decorator
@inline
function pass(
  d0: v128,
  d1: v128,
  d2: v128,
  d3: v128,
  d4: v128,
  d5: v128,
  d6: v128,
  d7: v128,
  shift: i32,
  target: usize,
): void {
  const sum04 = i16x8.add(d0, d4)
  const difference04 = i16x8.sub(d0, d4)
  const z3 = i16x8.add(d7, d3)
  const z4 = i16x8.add(d5, d1)
  halfPass(
    i32x4.extend_low_i16x8_s(sum04),
    i32x4.extend_low_i16x8_s(difference04),
    low(d2, d6),
    low(d7, d1),
    low(d5, d3),
    low(z3, z4),
    shift,
    target,
  )
  halfPass(
    i32x4.extend_high_i16x8_s(sum04),
    i32x4.extend_high_i16x8_s(difference04),
    high(d2, d6),
    high(d7, d1),
    high(d5, d3),
    high(z3, z4),
    shift,
    target + 16,
  )
}

/** A row of what `pass` wrote, in 16 bits. */
// @ts-ignore: decorator
@inline
function rowAt(work: usize, row: usize): v128 {
  return i16x8.narrow_i32x4_s(v128.load(work + row * 32), v128.load(work + row * 32, 16))
}

/** The inverse transform of a block, which is zero after that. */
function transformBlock(block: usize, quantization: usize, work: usize, target: usize, stride: usize): void {
  const wide = work + 256
  const c1 = v128.load(block, 16)
  const c2 = v128.load(block, 32)
  const c3 = v128.load(block, 48)
  const c4 = v128.load(block, 64)
  const c5 = v128.load(block, 80)
  const c6 = v128.load(block, 96)
  const c7 = v128.load(block, 112)
  const below = v128.or(v128.or(v128.or(c1, c2), v128.or(c3, c4)), v128.or(v128.or(c5, c6), c7))
  let r0 = i16x8.mul(v128.load(block), v128.load(quantization))
  let r1: v128, r2: v128, r3: v128, r4: v128, r5: v128, r6: v128, r7: v128
  if (v128.any_true(below)) {
    pass(
      r0,
      i16x8.mul(c1, v128.load(quantization, 16)),
      i16x8.mul(c2, v128.load(quantization, 32)),
      i16x8.mul(c3, v128.load(quantization, 48)),
      i16x8.mul(c4, v128.load(quantization, 64)),
      i16x8.mul(c5, v128.load(quantization, 80)),
      i16x8.mul(c6, v128.load(quantization, 96)),
      i16x8.mul(c7, v128.load(quantization, 112)),
      11,
      wide,
    )
    r0 = rowAt(wide, 0)
    r1 = rowAt(wide, 1)
    r2 = rowAt(wide, 2)
    r3 = rowAt(wide, 3)
    r4 = rowAt(wide, 4)
    r5 = rowAt(wide, 5)
    r6 = rowAt(wide, 6)
    r7 = rowAt(wide, 7)
  } else {
    // In 16 bits, which for a damaged image is not the same.
    r0 = i16x8.shl(r0, 2)
    r1 = r2 = r3 = r4 = r5 = r6 = r7 = r0
  }
  for (let x: usize = 0; x < 128; x += 16) v128.store(block + x, i64x2.splat(0))
  // Transposed: by numbers of 16 bits, then of 32, then of 64.
  const a0 = low(r0, r1)
  const a1 = low(r2, r3)
  const a2 = low(r4, r5)
  const a3 = low(r6, r7)
  const b0 = high(r0, r1)
  const b1 = high(r2, r3)
  const b2 = high(r4, r5)
  const b3 = high(r6, r7)
  const m0 = v128.shuffle<u32>(a0, a1, 0, 4, 1, 5)
  const m1 = v128.shuffle<u32>(a0, a1, 2, 6, 3, 7)
  const m2 = v128.shuffle<u32>(a2, a3, 0, 4, 1, 5)
  const m3 = v128.shuffle<u32>(a2, a3, 2, 6, 3, 7)
  const m4 = v128.shuffle<u32>(b0, b1, 0, 4, 1, 5)
  const m5 = v128.shuffle<u32>(b0, b1, 2, 6, 3, 7)
  const m6 = v128.shuffle<u32>(b2, b3, 0, 4, 1, 5)
  const m7 = v128.shuffle<u32>(b2, b3, 2, 6, 3, 7)
  r0 = v128.shuffle<u64>(m0, m2, 0, 2)
  r1 = v128.shuffle<u64>(m0, m2, 1, 3)
  r2 = v128.shuffle<u64>(m1, m3, 0, 2)
  r3 = v128.shuffle<u64>(m1, m3, 1, 3)
  r4 = v128.shuffle<u64>(m4, m6, 0, 2)
  r5 = v128.shuffle<u64>(m4, m6, 1, 3)
  r6 = v128.shuffle<u64>(m5, m7, 0, 2)
  r7 = v128.shuffle<u64>(m5, m7, 1, 3)
  pass(r0, r1, r2, r3, r4, r5, r6, r7, 18, wide)
  // Columns of bytes, each with its neighbour four further on; transposed by bytes, by 16 bits, by 32.
  const p0 = i8x16.narrow_i16x8_s(rowAt(wide, 0), rowAt(wide, 4))
  const p1 = i8x16.narrow_i16x8_s(rowAt(wide, 1), rowAt(wide, 5))
  const p2 = i8x16.narrow_i16x8_s(rowAt(wide, 2), rowAt(wide, 6))
  const p3 = i8x16.narrow_i16x8_s(rowAt(wide, 3), rowAt(wide, 7))
  const q0 = v128.shuffle<u8>(p0, p1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
  const q1 = v128.shuffle<u8>(p2, p3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
  const q2 = v128.shuffle<u8>(p0, p1, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
  const q3 = v128.shuffle<u8>(p2, p3, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
  const s0 = low(q0, q1)
  const s1 = high(q0, q1)
  const s2 = low(q2, q3)
  const s3 = high(q2, q3)
  const half = i8x16.splat(-128)
  const t0 = v128.xor(v128.shuffle<u32>(s0, s2, 0, 4, 1, 5), half)
  const t1 = v128.xor(v128.shuffle<u32>(s0, s2, 2, 6, 3, 7), half)
  const t2 = v128.xor(v128.shuffle<u32>(s1, s3, 0, 4, 1, 5), half)
  const t3 = v128.xor(v128.shuffle<u32>(s1, s3, 2, 6, 3, 7), half)
  v128.store64_lane(target, t0, 0)
  v128.store64_lane(target + stride, t0, 1)
  v128.store64_lane(target + 2 * stride, t1, 0)
  v128.store64_lane(target + 3 * stride, t1, 1)
  v128.store64_lane(target + 4 * stride, t2, 0)
  v128.store64_lane(target + 5 * stride, t2, 1)
  v128.store64_lane(target + 6 * stride, t3, 0)
  v128.store64_lane(target + 7 * stride, t3, 1)
}

/**
 * A row of colours of twice the width. Of two rows of samples the nearer one counts three times; of two samples
 * likewise. `sums` is room for 16 bits a sample, and one before and behind.
 */
export function doubleWidth(near: usize, far: usize, samples: i32, sums: usize, target: usize): void {
  const three = i16x8.splat(3)
  const first = sums + 16
  for (let x = 0; x < samples; x += 8) {
    const sum = i16x8.add(
      i16x8.mul(v128.load8x8_u(near + <usize>x), three),
      v128.load8x8_u(far + <usize>x),
    )
    v128.store(first + (<usize>x << 1), sum)
  }
  repeatEnds(first, samples)
  const eight = i16x8.splat(8)
  const seven = i16x8.splat(7)
  for (let x = 0; x < samples; x += 8) {
    const at = first + (<usize>x << 1)
    const sum = i16x8.mul(v128.load(at), three)
    const left = i16x8.shr_u(i16x8.add(i16x8.add(sum, v128.load(at - 2)), eight), 4)
    const right = i16x8.shr_u(i16x8.add(i16x8.add(sum, v128.load(at + 2)), seven), 4)
    v128.store(target + (<usize>x << 1), v128.or(left, i16x8.shl(right, 8)))
  }
}

/** The same where there are as many rows of colours as of light. */
export function doubleWidthOnly(row: usize, samples: i32, sums: usize, target: usize): void {
  const three = i16x8.splat(3)
  const first = sums + 16
  for (let x = 0; x < samples; x += 8) v128.store(first + (<usize>x << 1), v128.load8x8_u(row + <usize>x))
  repeatEnds(first, samples)
  const one = i16x8.splat(1)
  const two = i16x8.splat(2)
  for (let x = 0; x < samples; x += 8) {
    const at = first + (<usize>x << 1)
    const sum = i16x8.mul(v128.load(at), three)
    const left = i16x8.shr_u(i16x8.add(i16x8.add(sum, v128.load(at - 2)), one), 2)
    const right = i16x8.shr_u(i16x8.add(i16x8.add(sum, v128.load(at + 2)), two), 2)
    v128.store(target + (<usize>x << 1), v128.or(left, i16x8.shl(right, 8)))
  }
}

// @ts-ignore: decorator
@inline
function repeatEnds(first: usize, samples: i32): void {
  const end = first + (<usize>samples << 1)
  store<u16>(first - 2, load<u16>(first))
  store<u16>(end, load<u16>(end - 2))
}

/** What green loses to blue and gains of red, whose other part is taken off whole; in 2^16, rounded. */
// @ts-ignore: decorator
@inline
function shareOfGreen(blue: v128, red: v128): v128 {
  const factors = pair(-22554, 18734)
  const half = i32x4.splat(32768)
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(low(blue, red), factors), half), 16),
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(high(blue, red), factors), half), 16),
  )
}

/** A row of light and two of colour to pixels of three bytes, sixteen at a time. */
export function toRgb(light: usize, blues: usize, reds: usize, width: i32, target: usize): void {
  const middle = i8x16.splat(-128)
  // Of 2^15, rounded: 1.402 is 1 and this, 1.772 is 2 less this. For each level it is what libjpeg's 2^16 give.
  const redShare = i16x8.splat(13173)
  const blueShare = i16x8.splat(-7471)
  for (let x = 0; x < width; x += 16) {
    const at = <usize>x
    const levels = v128.load(light + at)
    const cb = v128.xor(v128.load(blues + at), middle)
    const cr = v128.xor(v128.load(reds + at), middle)
    const y0 = i16x8.extend_low_i8x16_u(levels)
    const y1 = i16x8.extend_high_i8x16_u(levels)
    const b0 = i16x8.extend_low_i8x16_s(cb)
    const b1 = i16x8.extend_high_i8x16_s(cb)
    const r0 = i16x8.extend_low_i8x16_s(cr)
    const r1 = i16x8.extend_high_i8x16_s(cr)
    const red = i8x16.narrow_i16x8_u(
      i16x8.add(i16x8.add(y0, r0), i16x8.q15mulr_sat_s(r0, redShare)),
      i16x8.add(i16x8.add(y1, r1), i16x8.q15mulr_sat_s(r1, redShare)),
    )
    const green = i8x16.narrow_i16x8_u(
      i16x8.add(i16x8.sub(y0, r0), shareOfGreen(b0, r0)),
      i16x8.add(i16x8.sub(y1, r1), shareOfGreen(b1, r1)),
    )
    const blue = i8x16.narrow_i16x8_u(
      i16x8.add(i16x8.add(y0, i16x8.add(b0, b0)), i16x8.q15mulr_sat_s(b0, blueShare)),
      i16x8.add(i16x8.add(y1, i16x8.add(b1, b1)), i16x8.q15mulr_sat_s(b1, blueShare)),
    )
    // r g r g …, then the blue ones between them.
    const first = v128.shuffle<u8>(red, green, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
    const second = v128.shuffle<u8>(red, green, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
    v128.store(
      target,
      v128.shuffle<u8>(first, blue, 0, 1, 16, 2, 3, 17, 4, 5, 18, 6, 7, 19, 8, 9, 20, 10),
    )
    const across = v128.shuffle<u8>(first, second, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 0, 0, 0, 0, 0)
    v128.store(
      target,
      v128.shuffle<u8>(across, blue, 0, 21, 1, 2, 22, 3, 4, 23, 5, 6, 24, 7, 8, 25, 9, 10),
      16,
    )
    v128.store(
      target,
      v128.shuffle<u8>(second, blue, 26, 6, 7, 27, 8, 9, 28, 10, 11, 29, 12, 13, 30, 14, 15, 31),
      32,
    )
    target += 48
  }
}
