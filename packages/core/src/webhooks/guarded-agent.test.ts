import { EventEmitter, once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { LookupFunction, Socket } from 'node:net'
import { type Agent, type buildConnector, request } from 'undici'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Outbound } from './guard-address.ts'
import { createGuardedAgent, type GuardedAgentOptions } from './guarded-agent.ts'

const PUBLIC_ONLY: Outbound = { allow: [], allowLoopback: false }
const LAPTOP: Outbound = { allow: [], allowLoopback: true }

/** A receiver on this machine that counts who reaches it. */
let receiver: Server
let port: number
let connections = 0
beforeAll(async () => {
  receiver = createServer((incoming, response) => {
    if (incoming.url === '/large') response.end(Buffer.alloc(1_000_000))
    else response.end(incoming.headers.host)
  })
  receiver.on('connection', () => (connections += 1))
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const address = receiver.address()
  if (typeof address === 'object' && address) port = address.port
})
afterAll(async () => {
  receiver.closeAllConnections()
  receiver.close()
  await once(receiver, 'close')
})

describe('createGuardedAgent', () => {
  test('reaches this machine where that is allowed', async () => {
    const agent = openAgent(LAPTOP)
    expect(await answerOf(agent, `http://127.0.0.1:${port}/`)).toBe(`127.0.0.1:${port}`)
    expect(await answerOf(agent, `http://localhost:${port}/`)).toBe(`localhost:${port}`)
  })

  test.each(['127.0.0.1', '127.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '[::]', '0'])(
    'opens no connection to the literal address %s',
    async (host) => {
      const before = connections
      const agent = openAgent({ allow: [], allowLoopback: false })
      for (const scheme of ['http', 'https']) {
        await expect(answerOf(agent, `${scheme}://${host}:${port}/`)).rejects.toMatchObject({
          code: 'webhook_url_refused',
        })
      }
      expect(connections).toBe(before)
    },
  )

  test.each([['127.0.0.1'], ['93.184.216.34', '127.0.0.1'], ['::1'], ['169.254.169.254']])(
    'opens no connection to a name that DNS answers with %s, %s',
    async (...addresses) => {
      const agent = openAgent(PUBLIC_ONLY, { lookup: answering(...addresses), openSocket: askOnly })
      await expect(answerOf(agent, 'https://hooks.example/')).rejects.toMatchObject({
        code: 'webhook_url_refused',
      })
    },
  )

  test('a name whose every answer is public is called', async () => {
    const agent = openAgent(PUBLIC_ONLY, { lookup: answering('93.184.216.34'), openSocket: askOnly })
    await expect(answerOf(agent, 'https://hooks.example/')).rejects.toThrow('a socket would open here')
  })

  test('a name that leads elsewhere the second time is refused the second time', async () => {
    let asked = 0
    const rebinding: LookupFunction = (...call) =>
      answering(asked++ === 0 ? '93.184.216.34' : '127.0.0.1')(...call)
    const agent = openAgent(PUBLIC_ONLY, { lookup: rebinding, openSocket: askOnly })
    await expect(answerOf(agent, 'https://hooks.example/')).rejects.toThrow('a socket would open here')
    await expect(answerOf(agent, 'https://hooks.example/')).rejects.toMatchObject({
      code: 'webhook_url_refused',
    })
    expect(asked).toBe(2)
  })

  test.each(['metadata.google.internal', 'metadata', 'instance-data.ec2.internal'])(
    'opens no connection to %s, whose address only DNS knows',
    async (host) => {
      const agent = openAgent(PUBLIC_ONLY, { lookup: answering('169.254.169.254'), openSocket: askOnly })
      await expect(answerOf(agent, `https://${host}/`)).rejects.toMatchObject({ code: 'webhook_url_refused' })
    },
  )

  test('a name that resolves to nothing fails as such', async () => {
    const agent = openAgent(PUBLIC_ONLY, { lookup: answering() })
    await expect(answerOf(agent, 'https://hooks.example/')).rejects.toThrow('knows no address')
  })

  test('a name that leads into an allowed range is reached, by http too', async () => {
    const agent = openAgent(
      { allow: ['127.0.0.0/8'], allowLoopback: false },
      { lookup: answering('127.0.0.1') },
    )
    expect(await answerOf(agent, `http://hooks.internal:${port}/`)).toBe(`hooks.internal:${port}`)
  })

  test('a name that was allowed is reached wherever it leads', async () => {
    const agent = openAgent(
      { allow: ['hooks.internal'], allowLoopback: false },
      { lookup: answering('127.0.0.1') },
    )
    expect(await answerOf(agent, `http://hooks.internal:${port}/`)).toBe(`hooks.internal:${port}`)
  })

  test('without TLS a name leads nowhere but into allowed ranges', async () => {
    const agent = openAgent(
      { allow: ['10.0.0.0/8'], allowLoopback: false },
      { lookup: answering('93.184.216.34'), openSocket: askOnly },
    )
    await expect(answerOf(agent, 'http://hooks.example/')).rejects.toMatchObject({
      code: 'webhook_url_refused',
    })
  })

  test('a socket that ended up elsewhere is closed before anything is sent', async () => {
    const socket = Object.assign(new EventEmitter(), {
      remoteAddress: '10.0.0.5',
      isDestroyed: false,
      destroy() {
        this.isDestroyed = true
      },
    })
    const agent = openAgent(PUBLIC_ONLY, {
      openSocket: () => (_target, callback) => callback(null, socket as unknown as Socket),
    })
    await expect(answerOf(agent, 'https://hooks.example/')).rejects.toThrow(
      '10.0.0.5 is not a public address',
    )
    expect(socket.isDestroyed).toBe(true)
  })

  test('an answer beyond 64 KiB is cut off', async () => {
    await expect(answerOf(openAgent(LAPTOP), `http://127.0.0.1:${port}/large`)).rejects.toMatchObject({
      code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE',
    })
  })
})

function openAgent(outbound: Outbound, options?: GuardedAgentOptions): Agent {
  const agent = createGuardedAgent(outbound, options)
  onTestFinished(() => agent.destroy())
  return agent
}

async function answerOf(dispatcher: Agent, url: string): Promise<string> {
  const { body } = await request(url, { dispatcher })
  return await body.text()
}

/** Opens nothing: these addresses are other people's. */
function askOnly(lookup: LookupFunction): buildConnector.connector {
  return ({ hostname }, callback) =>
    lookup(hostname, { all: true }, (error) => callback(error ?? new Error('a socket would open here'), null))
}

function answering(...addresses: string[]): LookupFunction {
  return (_host, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
}
