/**
 * The wait that `Prefer: wait=N` asks for (RFC 7240, section 4.3); undefined when it asks for none. More
 * than the most is the most, and a value that is no number is ignored: preferences are wishes.
 */
export function readPreferWait(
  header: string | string[] | undefined,
  wait: { defaultMs: number; maxMs: number },
): number | undefined {
  const preferences = [header ?? []].flat().join(',').split(',')
  for (const preference of preferences) {
    // By pieces: one expression for all of it takes seconds for a header full of blanks.
    const [name = '', value, ...rest] = (preference.split(';', 1)[0] ?? '')
      .split('=')
      .map((part) => part.trim())
    if (name.toLowerCase() !== 'wait' || rest.length > 0) continue
    if (value === undefined) return wait.defaultMs
    const [, seconds] = /^(?:"\s*)?(\d{1,6})(?:\s*")?$/.exec(value) ?? []
    if (seconds !== undefined) return Math.min(Number(seconds) * 1000, wait.maxMs)
  }
  return undefined
}
