/** Whether a path is one that machines ask for all the time, and nobody wants to read about. */
export function isProbe(path: string): boolean {
  return /^\/(livez|readyz|health|metrics|v2\/health\/(live|ready))$/.test(path)
}
