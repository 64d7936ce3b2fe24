// AssemblyScript (https://www.assemblyscript.org), not TypeScript: `pnpm wasm` compiles it to
// src/inference/resample.wasm, and a test holds the two together. What it computes, and in which arithmetic,
// is told where it is called: src/inference/resample.ts. Everything lies in one memory, at addresses that the
// caller chose; each image has four spare bytes behind it, since pixels are read four bytes at a time.

const BITS: i32 = 22
const HALF: i32 = 1 << (BITS - 1)
const ONE: i32 = 1 << 11

/** One pixel (r, g, b and whatever follows) as four 32-bit numbers. */
// @ts-ignore: decorator
@inline
function pixelAt(address: usize): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(address)))
}

/**
 * Rows at their target width: each pixel the weighted sum of those from `first` to `end` (in pixels), taken two by two,
 * of which there are `pairs` at most. The weights of a pair are four halves of 16 bits: both without their lowest
 * eleven bits, then those. Target rows are `stride` bytes apart.
 */
export function narrow(
  source: usize,
  sourceWidth: i32,
  rows: i32,
  target: usize,
  stride: i32,
  width: i32,
  first: usize,
  end: usize,
  weights: usize,
  pairs: i32,
): void {
  const half = i32x4.splat(HALF)
  for (let y = 0; y < rows; y++) {
    const row = source + <usize>(y * sourceWidth * 3)
    let to = target + <usize>(y * stride)
    for (let x = 0; x < width; x++) {
      const from = load<i32>(first + (<usize>x << 2))
      const until = row + <usize>(load<i32>(end + (<usize>x << 2)) * 3)
      let weight = weights + (<usize>(x * pairs) << 3)
      let upper = i32x4.splat(0)
      let lower = half
      for (let at = row + <usize>(from * 3); at < until; at += 6) {
        const two = pairAt(at)
        upper = i32x4.add(upper, i32x4.dot_i16x8_s(two, v128.load32_splat(weight)))
        lower = i32x4.add(lower, i32x4.dot_i16x8_s(two, v128.load32_splat(weight, 4)))
        weight += 8
      }
      const sum = i32x4.add(i32x4.shl(upper, 11), lower)
      const levels = i32x4.shr_u(sum, BITS)
      const bytes = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_u(levels, levels), levels)
      // The fourth byte is written over by the next pixel; behind the last one is room.
      v128.store32_lane(to, bytes, 0)
      to += 3
    }
  }
}

/** One row from those above each other, `stride` bytes apart: sixteen bytes at a time. */
export function flatten(
  source: usize,
  stride: i32,
  rows: i32,
  weights: usize,
  target: usize,
  bytes: i32,
): void {
  const half = i32x4.splat(HALF)
  for (let x = 0; x < bytes; x += 16) {
    let a = half
    let b = half
    let c = half
    let d = half
    let at = source + <usize>x
    for (let row = 0; row < rows; row++) {
      const weight = v128.load32_splat(weights + (<usize>row << 2))
      const levels = v128.load(at)
      const low = i16x8.extend_low_i8x16_u(levels)
      const high = i16x8.extend_high_i8x16_u(levels)
      a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), weight))
      b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), weight))
      c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), weight))
      d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), weight))
      at += stride
    }
    const first = i16x8.narrow_i32x4_u(i32x4.shr_u(a, BITS), i32x4.shr_u(b, BITS))
    const second = i16x8.narrow_i32x4_u(i32x4.shr_u(c, BITS), i32x4.shr_u(d, BITS))
    v128.store(target + <usize>x, i8x16.narrow_i16x8_u(first, second))
  }
}

/** Pixels of three bytes, each into its place of three planes that are `plane` bytes apart, as 0 to 1. */
export function spread(source: usize, pixels: i32, target: usize, plane: usize): void {
  const scale = f32x4.splat(255)
  for (let x = 0; x < pixels; x++) {
    put(f32x4.div(f32x4.convert_i32x4_s(pixelAt(source)), scale), target, plane)
    source += 3
    target += 4
  }
}

// @ts-ignore: decorator
@inline
function put(levels: v128, target: usize, plane: usize): void {
  v128.store32_lane(target, levels, 0)
  v128.store32_lane(target + plane, levels, 1)
  v128.store32_lane(target + 2 * plane, levels, 2)
}

/**
 * One row between two others: of each, two neighbouring pixels from `before` (in bytes) on, the second of
 * which counts `across` of 2^11; of the two rows the lower one counts `down`.
 */
export function between(
  upper: usize,
  lower: usize,
  down: i32,
  before: usize,
  across: usize,
  width: i32,
  target: usize,
  plane: usize,
): void {
  const scale = f32x4.splat(255)
  const weightLower = i32x4.splat(down)
  const weightUpper = i32x4.splat(ONE - down)
  const two = i32x4.splat(2)
  for (let x = 0; x < width; x++) {
    const offset = <usize>load<i32>(before + (<usize>x << 2))
    // Both weights in one number: the first pixel's in its lower half.
    const weights = v128.load32_splat(across + (<usize>x << 2))
    const north = i32x4.shr_s(i32x4.dot_i16x8_s(pairAt(upper + offset), weights), 4)
    const south = i32x4.shr_s(i32x4.dot_i16x8_s(pairAt(lower + offset), weights), 4)
    const sum = i32x4.add(
      i32x4.shr_s(i32x4.mul(south, weightLower), 16),
      i32x4.shr_s(i32x4.mul(north, weightUpper), 16),
    )
    const levels = i32x4.shr_s(i32x4.add(sum, two), 2)
    put(f32x4.div(f32x4.convert_i32x4_s(levels), scale), target, plane)
    target += 4
  }
}

/** Two pixels, channel by channel: r0 r1 g0 g1 b0 b1 and two that do not matter. */
// @ts-ignore: decorator
@inline
function pairAt(address: usize): v128 {
  const bytes = v128.load64_zero(address)
  const zero = i64x2.splat(0)
  return v128.shuffle<u8>(bytes, zero, 0, 16, 3, 16, 1, 16, 4, 16, 2, 16, 5, 16, 6, 16, 7, 16)
}
