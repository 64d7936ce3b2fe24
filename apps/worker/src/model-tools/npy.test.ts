import { expect, test } from 'vitest'
import { toNpy } from './npy.ts'

test('a tensor is written as NumPy writes it', () => {
  const bytes = Buffer.from(toNpy(Float32Array.of(1, -2, 0.5, 4, 5, 6), [1, 3, 1, 2]))
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x93NUMPY\x01\x00')
  const headerBytes = 10 + bytes.readUInt16LE(8)
  expect(headerBytes % 64).toBe(0)
  expect(bytes.subarray(10, headerBytes).toString('latin1').trimEnd()).toBe(
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 1, 2), }",
  )
  expect(bytes[headerBytes - 1]).toBe(0x0a)
  expect(bytes.length).toBe(headerBytes + 24)
  expect(bytes.readFloatLE(headerBytes + 4)).toBe(-2)
})

test('a tensor that is a part of another array is written alone', () => {
  const whole = Float32Array.of(9, 1, 2, 9)
  const bytes = Buffer.from(toNpy(whole.subarray(1, 3), [2]))
  expect([bytes.readFloatLE(bytes.length - 8), bytes.readFloatLE(bytes.length - 4)]).toEqual([1, 2])
})
