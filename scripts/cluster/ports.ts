import { once } from 'node:events'
import { createServer, type ListenOptions } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeListenFault, type Place } from '@lupa/core/runtime/listening'
import { LauncherError } from './launcher-error.ts'
import type { LauncherConfig } from './launcher-settings.ts'

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

/** Rejects with a LauncherError when a port cannot be listened on, even after waiting for it to become free. */
export async function assertPortsFree(
  { host, port, workerPorts }: Pick<LauncherConfig, 'host' | 'port' | 'workerPorts'>,
  { waitMs }: { waitMs: number },
): Promise<void> {
  if (port !== 0 && workerPorts.includes(port)) {
    throw new LauncherError(
      `PORT=${port} is among the ports of the workers, ${workerPorts[0]} to ${workerPorts.at(-1)}. Give another PORT, or another WORKER_PORT.`,
    )
  }
  const places = [
    { host, port, setting: 'PORT' },
    ...workerPorts.map((own) => ({ host, port: own, setting: 'WORKER_PORT' })),
  ]
  await Promise.all(places.map((place) => assertPortFree(place, { waitMs })))
}

async function assertPortFree(place: Place, { waitMs }: { waitMs: number }): Promise<void> {
  const { host, port } = place
  const deadline = Date.now() + waitMs
  for (;;) {
    const code = await tryListen({ host, port })
    if (code === undefined) return
    if (code !== 'EADDRINUSE' || Date.now() >= deadline) {
      throw new LauncherError(describeListenFault(code, place, 'npm start'))
    }
    await sleep(100)
  }
}

/** Resolves to the code of what is in the way of listening there; undefined: nothing is. */
export async function tryListen(place: ListenOptions): Promise<string | undefined> {
  const server = createServer().listen(place)
  try {
    await once(server, 'listening')
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
  server.close()
  await once(server, 'close')
  return undefined
}
