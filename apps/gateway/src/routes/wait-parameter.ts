import { z } from 'zod'

/** `?wait=20`, as a schema; a bare `?wait` waits as long as is usual. */
export function waitParameter({ defaultMs, maxMs }: { defaultMs: number; maxMs: number }, until: string) {
  return z
    .preprocess(
      toSeconds(defaultMs / 1000),
      z
        .number()
        .min(0)
        .max(maxMs / 1000),
    )
    .optional()
    .describe(
      `Answer only once ${until}, or after as many seconds: ${maxMs / 1000} at most, ${defaultMs / 1000} without a number.`,
    )
}

function toSeconds(defaultSeconds: number) {
  return (given: unknown) => {
    if (given === '') return defaultSeconds
    return typeof given === 'string' && /^\d+(\.\d+)?$/.test(given) ? Number(given) : given
  }
}
