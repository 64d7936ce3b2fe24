/** As V8, the C++ runtime, ONNX Runtime, libvips and the system say it. */
const SIGNS =
  /out of memory|bad_alloc|bad allocation|failed to allocate memory|cannot allocate memory|buffer allocation failed/i

/** Whether an error, one of its causes, or the last words of a process tell of memory that was not there. */
export function tellsOutOfMemory(thrown: unknown): boolean {
  if (typeof thrown === 'string') return SIGNS.test(thrown)
  if (!(thrown instanceof Error)) return false
  return SIGNS.test(thrown.message) || tellsOutOfMemory(thrown.cause)
}
