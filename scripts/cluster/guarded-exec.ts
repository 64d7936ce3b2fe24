import { spawn } from 'node:child_process'
import { endWithParent } from '@lupa/core/runtime/end-with-parent'

// node guarded-exec.ts <command> [arguments]: a foreign program that must end with whoever started
// this process, and cannot notice by itself that they are gone.

const [command, ...args] = process.argv.slice(2)
if (!command) throw new Error('guarded-exec.ts needs a command to run')

const program = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
const stop = () => void program.kill('SIGTERM')
process.on('SIGINT', stop)
process.on('SIGTERM', stop)

program.once('error', (error) => {
  process.stderr.write(`${command} cannot be run: ${error.message}\n`)
  process.exitCode = 127
})
program.once('exit', (code, signal) => {
  if (!signal) process.exit(code ?? 1)
  // Die the same death, so that the parent sees what happened.
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})

endWithParent()
