import { LupaError as CoreError } from '@lupa/core/domain/errors'
import { SettingsError } from '@lupa/core/runtime/env'
import { CommanderError } from 'commander'
import { CommandError, UsageError } from './command-error.ts'
import { LupaError, ProblemError, UnreachableError } from './library/errors.ts'

/** How a command ends. */
export const EXIT = { failed: 1, misused: 2, unreachable: 3, refused: 4 } as const

/** Says what was wrong, and resolves to how the command is to end. What nobody foresaw is thrown again. */
export function tellFailure(thrown: unknown, say: (text: string) => void): number {
  // It has said so itself; help that was asked for is no mistake.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : EXIT.misused
  if (thrown instanceof UnreachableError) {
    say(`${thrown.message} Start one with \`npm start\`, or name another with --url or LUPA_URL.`)
    return EXIT.unreachable
  }
  if (thrown instanceof ProblemError) {
    say(`${thrown.message}${HINTS[thrown.status] ?? ''}`)
    return EXIT.refused
  }
  if (thrown instanceof UsageError || thrown instanceof SettingsError) {
    say(thrown.message)
    return EXIT.misused
  }
  if (thrown instanceof CommandError || thrown instanceof LupaError || thrown instanceof CoreError) {
    say(thrown.message)
    return EXIT.failed
  }
  throw thrown
}

const HINTS: Record<number, string> = {
  401: ' Set API_USERNAME and API_PASSWORD as the gateway has them, or LUPA_API_KEY to an API key.',
  403: ' Set API_USERNAME and API_PASSWORD as the gateway has them, or LUPA_API_KEY to a key that may.',
}
