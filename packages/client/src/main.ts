import { readClientConfig } from './config.ts'
import { tellFailure } from './exit-codes.ts'
import { createLupaProgram } from './lupa-program.ts'
import { createTerminal } from './terminal.ts'

const terminal = createTerminal()
try {
  await createLupaProgram({ config: readClientConfig(), terminal }).parseAsync()
} catch (thrown) {
  process.exitCode = tellFailure(thrown, terminal.note)
}
