import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A Chromium that is installed here, if there is one. */
export const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0,
)

/**
 * Runs a script as a module of a page in Chromium, beside a gateway: what the page does not know is asked there.
 * Resolves to what the script posts to `/report`.
 */
export async function runInBrowser(scripts: Record<string, string>, gatewayUrl: string): Promise<unknown> {
  const reported = Promise.withResolvers<string>()
  const server = createServer((incoming, response) => {
    const path = incoming.url ?? '/'
    const script = scripts[path]
    if (path === '/report') {
      incoming.toArray().then((chunks) => reported.resolve(Buffer.concat(chunks).toString()), reported.reject)
      response.end()
    } else if (script !== undefined) response.setHeader('content-type', 'text/javascript').end(script)
    else if (path === '/page') {
      response.setHeader('content-type', 'text/html')
      response.end('<!doctype html><script type="module" src="/main.js"></script>')
    } else {
      const { method, headers } = incoming
      const onward = request(new URL(path, gatewayUrl), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      })
      onward.on('error', () => response.destroy())
      incoming.pipe(onward)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const profile = mkdtempSync(join(tmpdir(), 'lupa-test-chromium-'))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`
  const args = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    `--user-data-dir=${profile}`,
  ]
  const browser = spawn(CHROMIUM ?? 'chromium', [...args, '--remote-debugging-port=0', url], {
    stdio: 'ignore',
    detached: true,
  })
  const ended = once(browser, 'exit')
  try {
    const early = ended.then(([code]) => Promise.reject(new Error(`Chromium ended with ${code}`)))
    return JSON.parse(await Promise.race([reported.promise, early]))
  } finally {
    try {
      // Its own processes too.
      process.kill(-(browser.pid ?? 0), 'SIGKILL')
    } catch {
      // It has ended already.
    }
    await ended
    server.closeAllConnections()
    server.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}
