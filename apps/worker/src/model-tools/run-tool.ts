import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { ToolMessage } from '@lupa/core/models/model-reports'
import { restrictSharp } from '../inference/decode-image.ts'

export type OnProgress = (done: number, total: number) => void
export type Tool<Input, Result> = (input: Input, onProgress: OnProgress) => Promise<Result>

/**
 * Runs a tool as a process of its own: its input is the first line of standard input, as JSON; what it has
 * to say is a line each on standard output. It ends with whoever started it, whose end of the pipe closes.
 */
export async function runTool<Input, Result>(tool: Tool<Input, Result>): Promise<void> {
  const lines = createInterface({ input: process.stdin })
  const [line] = (await once(lines, 'line')) as [string]
  process.stdin.once('end', () => process.exit(1))

  restrictSharp()
  try {
    const onProgress: OnProgress = (done, total) => send({ type: 'progress', done, total })
    const result = await tool(JSON.parse(line) as Input, onProgress)
    send({ type: 'result', result })
  } catch (thrown) {
    send({ type: 'failure', message: thrown instanceof Error ? thrown.message : String(thrown) })
    process.exitCode = 1
  }
  process.stdin.destroy()
}

function send(message: ToolMessage<unknown>): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}
