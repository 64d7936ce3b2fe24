/**
 * Gives the memory of an array back at once; the array is empty after that. V8 gives it back when it collects
 * garbage, and large arrays alone make it do so in full every few pictures.
 */
export function freeArray({ buffer, byteLength }: Uint8Array | Float32Array): void {
  // A small one of Node's may be a part of a pool.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}
