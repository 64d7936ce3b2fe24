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
    const [, value] = /^\s*wait\s*(?:=\s*"?([^";]*)"?)?\s*(?:;.*)?$/i.exec(preference) ?? [null, null]
    if (value === null) continue
    if (value === undefined) return wait.defaultMs
    if (/^\d{1,6}$/.test(value.trim())) return Math.min(Number(value) * 1000, wait.maxMs)
  }
  return undefined
}
