import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { freePort } from './redis-server.ts'

export interface TestCertificate {
  certFile: string
  keyFile: string
}

/** Azurite's Blob service of a test's own: on a free port, in memory. */
export interface TestAzurite extends AsyncDisposable {
  connectionString: string
  accountUrl: string
  process: ChildProcess
}

/** The one account of every Azurite: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite */
const ACCOUNT = 'devstoreaccount1'
const ACCOUNT_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/** `tls`: over https, and for identities too. */
export async function startAzurite({ tls }: { tls?: TestCertificate } = {}): Promise<TestAzurite> {
  const main = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js')
  const port = await freePort()
  const args = ['--blobHost', '127.0.0.1', '--blobPort', `${port}`, '--inMemoryPersistence']
  // The SDK speaks a newer service version than Azurite knows; telemetry would leave the machine.
  const flags = ['--skipApiVersionCheck', '--disableTelemetry']
  if (tls) flags.push('--oauth', 'basic', '--cert', tls.certFile, '--key', tls.keyFile)
  const server = spawn(process.execPath, [main, ...args, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  await untilListening(server)
  const origin = `http${tls ? 's' : ''}://127.0.0.1:${port}`
  return {
    connectionString: azuriteConnectionString(origin),
    accountUrl: `${origin}/${ACCOUNT}`,
    process: server,
    async [Symbol.asyncDispose]() {
      if (server.exitCode !== null || server.signalCode !== null) return
      server.kill('SIGKILL')
      await once(server, 'exit')
    },
  }
}

export function azuriteConnectionString(origin: string): string {
  return [
    'DefaultEndpointsProtocol=http',
    `AccountName=${ACCOUNT}`,
    `AccountKey=${ACCOUNT_KEY}`,
    `BlobEndpoint=${origin}/${ACCOUNT}`,
  ].join(';')
}

async function untilListening(server: ChildProcess): Promise<void> {
  const ended = once(server, 'exit').then(() => {
    throw new Error('Azurite ended before it listened')
  })
  const listening = new Promise<void>((resolve) => {
    server.stdout?.on('data', (chunk) => String(chunk).includes('successfully listens') && resolve())
  })
  await Promise.race([listening, ended])
  ended.catch(() => {})
}
