/** The text of a file of settings (`NAME=value` lines) with these in it, in place of what it said of them. */
export function writeSettings(text: string, settings: Record<string, string>): string {
  const left = new Map(Object.entries(settings))
  const lines = text.split('\n').map((line) => {
    const name = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=/.exec(line)?.[1]
    const value = name === undefined ? undefined : settings[name]
    if (name === undefined || value === undefined) return line
    left.delete(name)
    return `${name}=${value}`
  })
  while (lines.at(-1) === '') lines.pop()
  return `${[...lines, ...Array.from(left, ([name, value]) => `${name}=${value}`)].join('\n')}\n`
}
