import { type LookupAddress, lookup as resolve } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Agent, buildConnector } from 'undici'
import { LupaError } from '../domain/errors.ts'
import { type Outbound, refusalOfAddress, refusalOfHost } from './guard-address.ts'

const MAX_RESPONSE_BYTES = 65_536

export interface GuardedAgentOptions {
  /** Asks DNS; the system's resolver unless given. */
  lookup?: LookupFunction
  /** Opens the socket, asking `lookup` for addresses; undici's own unless given. */
  openSocket?: (lookup: LookupFunction) => buildConnector.connector
}

/**
 * An undici Agent that connects to allowed addresses only. It looks at the literal host (a socket opened
 * to one asks no DNS), at every answer of DNS, and at the address it got (which no trick can hide).
 */
export function createGuardedAgent(outbound: Outbound, options: GuardedAgentOptions = {}): Agent {
  const connectors = {
    'https:': guardedConnector('https:', outbound, options),
    'http:': guardedConnector('http:', outbound, options),
  }
  return new Agent({
    connect: (target, callback) =>
      connectors[target.protocol === 'https:' ? 'https:' : 'http:'](target, callback),
    connections: 2,
    pipelining: 1,
    keepAliveTimeout: 1000,
    headersTimeout: 10_000,
    bodyTimeout: 10_000,
    maxResponseSize: MAX_RESPONSE_BYTES,
  })
}

function guardedConnector(
  protocol: string,
  outbound: Outbound,
  { lookup = resolve, openSocket = openPlainSocket }: GuardedAgentOptions,
): buildConnector.connector {
  const connect = openSocket(guardedLookup(lookup, protocol, outbound))
  return function guardedConnect(target, callback) {
    const host = target.hostname
    const reason = refusalOfHost(host, protocol, outbound)
    if (reason) return callback(refused(host, reason), null)
    connect(target, (...[error, socket]) => {
      if (error) return callback(error, null)
      const address = socket.remoteAddress ?? 'unknown'
      const late = refusalOfAddress(address, { host, protocol, outbound })
      if (!late) return callback(null, socket)
      socket.destroy()
      return callback(refused(host, late), null)
    })
  }
}

/** One bad answer among good ones refuses the host: it is how a rebinding name begins. */
function guardedLookup(lookup: LookupFunction, protocol: string, outbound: Outbound): LookupFunction {
  return function lookupGuarded(host, options, callback) {
    lookup(host, { ...options, all: true }, (error, answer) => {
      if (error) return callback(error, [])
      const answers = answer as LookupAddress[]
      const reason = answers
        .map(({ address }) => refusalOfAddress(address, { host, protocol, outbound }))
        .find((found) => found !== undefined)
      if (reason) return callback(refused(host, reason), [])
      const [first] = answers
      if (!first) return callback(refused(host, 'DNS knows no address of it'), [])
      return options.all ? callback(null, answers) : callback(null, first.address, first.family)
    })
  }
}

function openPlainSocket(lookup: LookupFunction): buildConnector.connector {
  return buildConnector({ lookup, timeout: 5000, allowH2: false })
}

function refused(host: string, reason: string): LupaError {
  return new LupaError(
    'webhook_url_refused',
    `Webhooks cannot be sent to ${host}: ${reason}. Use a public host, or have it added to OUTBOUND_ALLOW.`,
  )
}
