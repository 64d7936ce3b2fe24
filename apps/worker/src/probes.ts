import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { listening } from '@lupa/core/runtime/listening'
import type { Registry } from 'prom-client'

export interface ProbeOptions {
  host: string
  /** 0: any free one. */
  port: number
  isReady: () => boolean
  registry: Registry
}

/** The worker's only door: /livez, /readyz and /metrics. */
export async function serveProbes({ host, port, isReady, registry }: ProbeOptions) {
  const server = createServer(async (request, response) => {
    switch (request.url) {
      case '/livez':
        return answer(response, 200, 'alive\n')
      case '/readyz':
        return isReady() ? answer(response, 200, 'ready\n') : answer(response, 503, 'not ready\n')
      case '/metrics':
        return answer(response, 200, await registry.metrics(), registry.contentType)
      default:
        return answer(response, 404, 'A worker answers /livez, /readyz and /metrics.\n')
    }
  })
  await listening({ host, port, setting: 'WORKER_PORT' }, () => once(server.listen(port, host), 'listening'))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function answer(response: ServerResponse, status: number, body: string, contentType = 'text/plain'): void {
  response.writeHead(status, { 'content-type': contentType })
  response.end(body)
}
