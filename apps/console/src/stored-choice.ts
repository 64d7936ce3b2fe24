import { useState } from 'preact/hooks'

/** A choice that the browser remembers; undefined until one is made. */
export function useStoredChoice<T extends string>(
  name: string,
  allowed: readonly T[],
): [T | undefined, (next: T | undefined) => void] {
  const [choice, setChoice] = useState<T | undefined>(() => allowed.find((one) => one === read(name)))
  return [
    choice,
    (next) => {
      write(name, next)
      setChoice(next)
    },
  ]
}

/** A browser may be told to remember nothing. */
function read(name: string): string | null {
  try {
    return localStorage.getItem(`lupa.${name}`)
  } catch {
    return null
  }
}

function write(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`lupa.${name}`)
    else localStorage.setItem(`lupa.${name}`, value)
  } catch {
    // The choice holds until the page is left.
  }
}
