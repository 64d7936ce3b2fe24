import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { LauncherError } from './launcher-error.ts'

/** A port that is free on this machine's own address, other than one that is about to be used. */
export async function freePort({ notPort }: { notPort: number }): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('no port was given')
  return address.port === notPort ? freePort({ notPort }) : address.port
}

/** Throws a LauncherError when the port cannot be listened on, even after waiting for it to become free. */
export async function assertPortFree(options: { host: string; port: number; waitMs: number }): Promise<void> {
  const { host, port, waitMs } = options
  const deadline = Date.now() + waitMs
  for (;;) {
    const code = await tryListen(host, port)
    if (code === undefined) return
    if (code !== 'EADDRINUSE' || Date.now() >= deadline) throw portFault(code, host, port)
    await sleep(100)
  }
}

async function tryListen(host: string, port: number): Promise<string | undefined> {
  const server = createServer().listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
  server.close()
  await once(server, 'close')
  return undefined
}

function portFault(code: string, host: string, port: number): LauncherError {
  if (code === 'EADDRINUSE') {
    const other = port < 65_535 ? port + 1 : port - 1
    return new LauncherError(
      `Port ${port} on ${host} is used by another program. Free it, or take another port:\n` +
        `  PORT=${other} npm start`,
    )
  }
  if (code === 'EACCES') {
    return new LauncherError(
      `This user may not listen on port ${port}. Take one above 1023: PORT=5000 npm start`,
    )
  }
  return new LauncherError(
    `HOST=${host} with PORT=${port} cannot be listened on (${code}). Is HOST an address of this machine?`,
  )
}
