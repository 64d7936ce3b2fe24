import { z } from 'zod'

/** A setting: one environment variable, its type, default and meaning. Empty counts as not set. */
export type Settings = z.ZodObject<Record<string, z.ZodType>>

/** The settings are wrong; the message names every fault at once. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/** Reads every variable of the schema, or throws a SettingsError that names all that are wrong. */
export function readSettings<S extends Settings>(schema: S, env: NodeJS.ProcessEnv): z.output<S> {
  const given = Object.fromEntries(
    Object.keys(schema.shape)
      .map((name) => [name, env[name]] as const)
      .filter(([, value]) => value !== undefined && value.trim() !== ''),
  )
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0] ?? '')
    const value = isSecret(name) ? '(hidden)' : JSON.stringify(env[name] ?? null)
    return `  ${name}=${value}: ${issue.message}. ${schema.shape[name]?.description ?? ''}`.trimEnd()
  })
  throw new SettingsError(`These settings are wrong:\n${faults.join('\n')}`)
}

/** sysexits.h: something was wrong with the configuration. Tells a supervisor that trying again is no use. */
export const EXIT_CONFIG = 78

/** The configuration, or the end of the process with the faults on standard error. For `main.ts` alone. */
export function readConfigOrExit<C>(readConfig: () => C): C {
  try {
    return readConfig()
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(EXIT_CONFIG)
  }
}

/** Whether a variable's value must not be shown. */
export function isSecret(name: string): boolean {
  return /PASSWORD|SECRET|KEY|CONNECTION_STRING|HEADERS|REDIS_URL/.test(name)
}

/** A whole number in words, within bounds. */
export function integer(min: number, max: number) {
  return z.coerce.number().int().min(min).max(max)
}

/** `true`/`false`, `1`/`0`, `yes`/`no`, `on`/`off`. */
export const flag = () => z.stringbool()

/** Entries by comma; none by default. */
export const commaList = () =>
  z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((entry) => entry.trim())
        .filter(Boolean),
    )

/** One line of the documented list of settings. */
export interface SettingDoc {
  name: string
  default: string | null
  about: string
}

export function describeSettings(schema: Settings): SettingDoc[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const fallback = field.safeParse(undefined)
    const value = fallback.success ? fallback.data : undefined
    return {
      name,
      default: toText(value),
      about: field.description ?? '',
    }
  })
}

function toText(value: unknown): string | null {
  if (value === undefined || value === null) return null
  if (typeof value === 'string') return value
  return Array.isArray(value) ? value.join(',') : JSON.stringify(value)
}
