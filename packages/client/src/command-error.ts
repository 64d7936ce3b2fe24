/** What was asked for cannot be done; the message says what was wrong and what to do. Ends the command with 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** The command was not typed as it should be. Ends it with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
