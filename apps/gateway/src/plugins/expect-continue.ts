import type { ServerResponse } from 'node:http'
import type { App } from '../app-type.ts'

/**
 * Clients that say `Expect: 100-continue` (curl does with larger bodies) send their body only once asked,
 * which is here when the request was let in. Node would ask at once.
 */
export function registerExpectContinue(app: App): void {
  const waitingToBeAsked = new WeakSet<ServerResponse>()
  app.server.on('checkContinue', (request, response) => {
    waitingToBeAsked.add(response)
    app.server.emit('request', request, response)
  })
  app.addHook('preParsing', (_request, { raw }, _payload, done) => {
    if (waitingToBeAsked.delete(raw)) raw.writeContinue()
    done()
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    // What would come next on this connection may be that body, or not.
    if (waitingToBeAsked.has(reply.raw)) reply.header('connection', 'close')
    done()
  })
}
