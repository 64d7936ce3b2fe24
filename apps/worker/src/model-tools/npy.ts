/** NumPy's own file format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
export function toNpy(data: Float32Array, shape: readonly number[]): Uint8Array {
  const description = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`
  // The data begin at a multiple of 64 bytes.
  const headerBytes = Math.ceil((MAGIC_BYTES + description.length + 1) / 64) * 64
  const header = Buffer.alloc(headerBytes, ' ')
  header.write('\x93NUMPY\x01\x00', 'latin1')
  header.writeUInt16LE(headerBytes - MAGIC_BYTES, 8)
  header.write(description, MAGIC_BYTES, 'latin1')
  header.write('\n', headerBytes - 1)
  return Buffer.concat([header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)])
}

/** Magic, version and the length of the description. */
const MAGIC_BYTES = 10
