import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../../..')
const BIN = join(ROOT, 'packages/client/bin/lupa.mjs')

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** A models folder and a data folder of its own, and the `lupa` command in them. */
export interface Workplace extends Disposable {
  directory: string
  modelsDirectory: string
  lupa(args: string[], env?: NodeJS.ProcessEnv): Promise<Ended>
  /** The variables that lead the command here. */
  env: NodeJS.ProcessEnv
}

export function createWorkplace(): Workplace {
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-client-'))
  const modelsDirectory = join(directory, 'models')
  mkdirSync(modelsDirectory)
  const env = {
    MODELS_DIR: modelsDirectory,
    DATA_DIR: join(directory, 'data'),
    LUPA_URL: '',
    LUPA_API_KEY: '',
    API_USERNAME: '',
    API_PASSWORD: '',
  }
  return {
    directory,
    modelsDirectory,
    env,
    lupa: (args, more = {}) => runProgram(process.execPath, [BIN, ...args], { ...env, ...more }),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  }
}

export async function runProgram(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  cwd = ROOT,
): Promise<Ended> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended: Ended = { code: null, stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (ended.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (ended.stderr += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { ...ended, code }
}

export interface Asked {
  method: string | undefined
  url: string | undefined
  headers: IncomingHttpHeaders
  body: string
}

/** Stands in for a gateway: gives the answer, and notes what it was asked. */
export async function startStandInGateway(
  answer: (asked: Asked) => { status: number; body: unknown },
): Promise<{ url: string; asked: Asked[] } & AsyncDisposable> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    const { method, url, headers } = request
    asked.push({ method, url, headers, body })
    const { status, body: said } = answer({ method, url, headers, body })
    if (said instanceof Uint8Array) return response.writeHead(status).end(said)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
