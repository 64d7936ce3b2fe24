import { type LookupAddress, lookup as resolve } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Agent, buildConnector } from 'undici'
import { LupaError } from '../domain/errors.ts'
import {
  type CallPurpose,
  type Outbound,
  refusalOfAddress,
  refusalOfHost,
  SEND_WEBHOOKS,
} from './guard-address.ts'

const MAX_RESPONSE_BYTES = 65_536

export interface GuardedAgentOptions {
  /** Webhooks unless given. */
  purpose?: CallPurpose
  /** Of one answer; what is more is an error. */
  maxResponseBytes?: number
  /** To one host at a time. */
  connections?: number
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
    connections: options.connections ?? 2,
    pipelining: 1,
    keepAliveTimeout: 1000,
    headersTimeout: 10_000,
    bodyTimeout: 10_000,
    maxResponseSize: options.maxResponseBytes ?? MAX_RESPONSE_BYTES,
  })
}

function guardedConnector(
  protocol: string,
  outbound: Outbound,
  { lookup = resolve, openSocket = openPlainSocket, purpose = SEND_WEBHOOKS }: GuardedAgentOptions,
): buildConnector.connector {
  const refused = refusing(purpose)
  const connect = openSocket(guardedLookup(lookup, { protocol, outbound, refused }))
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
function guardedLookup(
  lookup: LookupFunction,
  { protocol, outbound, refused }: { protocol: string; outbound: Outbound; refused: Refused },
): LookupFunction {
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

type Refused = (host: string, reason: string) => LupaError

function refusing({ code, refusal }: CallPurpose): Refused {
  return (host, reason) =>
    new LupaError(
      code,
      `${refusal} ${host}: ${reason}. Use a public host, or have it added to OUTBOUND_ALLOW.`,
    )
}
