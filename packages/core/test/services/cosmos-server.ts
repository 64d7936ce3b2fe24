import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A stand-in for Cosmos DB of a test's own: on a free port, in memory, in a process of its own. */
export interface TestCosmos extends AsyncDisposable {
  endpoint: string
  /** Any will do: it is not checked. */
  key: string
  process: ChildProcess
}

export async function startCosmosServer(): Promise<TestCosmos> {
  const main = new URL('cosmos-server-process.ts', import.meta.url).pathname
  // It ends with its standard input, so it cannot outlive us. What it prints are the errors it answers.
  const server = spawn(process.execPath, [main], { stdio: ['pipe', 'pipe', 'ignore'] })
  const [port] = await Promise.race([once(server.stdout, 'data'), endOf(server)])
  server.stdout.resume()
  return {
    endpoint: `http://127.0.0.1:${Number(port)}`,
    key: Buffer.from('any').toString('base64'),
    process: server,
    async [Symbol.asyncDispose]() {
      if (server.exitCode !== null || server.signalCode !== null) return
      server.kill('SIGKILL')
      await once(server, 'exit')
    },
  }
}

async function endOf(server: ChildProcess): Promise<never> {
  await once(server, 'exit')
  throw new Error('The Cosmos DB stand-in ended before it listened')
}
