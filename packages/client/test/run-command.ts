import { Writable } from 'node:stream'
import { readClientConfig } from '../src/config.ts'
import { tellFailure } from '../src/exit-codes.ts'
import { createGatewayProgram } from '../src/gateway-program.ts'
import { createTerminal } from '../src/terminal.ts'
import type { Ended } from './lupa-command.ts'

/** The `lupa` command in this process: ends as it would. Options that it hears of while it runs: `onOutput`. */
export async function runCommand(
  args: string[],
  env: NodeJS.ProcessEnv,
  { onOutput = () => {} }: { onOutput?: (text: string) => void } = {},
): Promise<Ended> {
  const ended: Ended = { code: 0, stdout: '', stderr: '' }
  const stream = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk, _encoding, done) {
        ended[name] += String(chunk)
        onOutput(String(chunk))
        done()
      },
    }) as unknown as NodeJS.WriteStream
  const terminal = createTerminal({ stdout: stream('stdout'), stderr: stream('stderr') })
  const before = process.exitCode
  try {
    process.exitCode = 0
    await createGatewayProgram({ config: readClientConfig(env), terminal }).parseAsync(args, { from: 'user' })
    ended.code = process.exitCode
  } catch (thrown) {
    ended.code = tellFailure(thrown, terminal.note)
  } finally {
    process.exitCode = before
  }
  return ended
}
