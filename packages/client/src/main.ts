import { LupaError } from '@lupa/core/domain/errors'
import { SettingsError } from '@lupa/core/runtime/env'
import { CommanderError } from 'commander'
import { CommandError, UsageError } from './command-error.ts'
import { readClientConfig } from './config.ts'
import { createLupaProgram } from './lupa-program.ts'
import { createTerminal } from './terminal.ts'

const FAILED = 1
const MISUSED = 2

try {
  const program = createLupaProgram({ config: readClientConfig(), terminal: createTerminal() })
  await program.parseAsync()
} catch (thrown) {
  process.exitCode = tell(thrown)
}

/** Says what was wrong, and resolves to how the command is to end. */
function tell(thrown: unknown): number {
  // It has said so itself; help that was asked for is no mistake.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : MISUSED
  if (thrown instanceof UsageError || thrown instanceof SettingsError) {
    process.stderr.write(`${thrown.message}\n`)
    return MISUSED
  }
  if (thrown instanceof CommandError || thrown instanceof LupaError) {
    process.stderr.write(`${thrown.message}\n`)
    return FAILED
  }
  throw thrown
}
