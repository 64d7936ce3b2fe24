import { readClientConfig } from './config.ts'
import { tellFailure } from './exit-codes.ts'
import { createGatewayProgram } from './gateway-program.ts'
import { createTerminal } from './terminal.ts'

// The command of the published package: what it takes models for is left to the repository.

const terminal = createTerminal()
try {
  await createGatewayProgram({ config: readClientConfig(), terminal }).parseAsync()
} catch (thrown) {
  process.exitCode = tellFailure(thrown, terminal.note)
}
