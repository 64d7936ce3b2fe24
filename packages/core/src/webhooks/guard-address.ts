import ipaddr from 'ipaddr.js'
import { type ErrorCode, LupaError } from '../domain/errors.ts'

/** Whom we may call for a client beside public https addresses. */
export interface Outbound {
  /** Host names, addresses or CIDR ranges. */
  allow: string[]
  /** Whether this machine itself may be called, by http too. */
  allowLoopback: boolean
}

const MAX_HOST_LENGTH = 253

/** Ranges that are not public although they look it, or that hide an IPv4 address inside. */
const DENIED = [
  // Azure's WireServer: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
  '168.63.129.16/32',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2002::/16',
  '2001::/32',
].map((range) => ipaddr.parseCIDR(range))

/**
 * Where clouds give credentials to whoever asks from inside. A range in OUTBOUND_ALLOW does not cover them; only
 * one of them by itself is meant: AWS (and most others), its containers, Azure, Alibaba, Oracle, Google.
 */
const METADATA = [
  '169.254.169.254',
  'fd00:ec2::254',
  '169.254.170.2',
  '169.254.170.23',
  'fd00:ec2::23',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fd20:ce::254',
]

/** IPv6 gives out public addresses from here only: https://www.iana.org/assignments/ipv6-unicast-address-assignments */
const GLOBAL_UNICAST_V6 = ipaddr.parseCIDR('2000::/3')

/** Why we call an address that others chose: how a refusal is told. */
export interface CallPurpose {
  code: ErrorCode
  refusal: string
}

export const SEND_WEBHOOKS: CallPurpose = {
  code: 'webhook_url_refused',
  refusal: 'Webhooks cannot be sent to',
}

export const FETCH_IMAGES: CallPurpose = {
  code: 'image_url_refused',
  refusal: 'Images cannot be fetched from',
}

export const ASK_ISSUERS: CallPurpose = {
  code: 'identity_unavailable',
  refusal: 'Issuers of tokens cannot be asked at',
}

/** The URL, if webhooks may be sent there as far as it can be told without asking DNS; else throws `webhook_url_refused`. */
export function checkWebhookUrl(text: string, outbound: Outbound): URL {
  return checkOutboundUrl(text, outbound, SEND_WEBHOOKS)
}

/** The URL, if it may be called as far as it can be told without asking DNS; else throws the code of the purpose. */
export function checkOutboundUrl(text: string, outbound: Outbound, purpose: CallPurpose): URL {
  const url = URL.parse(text)
  const reason = url ? refusalOfUrl(url, outbound) : 'it is not a URL'
  if (!url || reason) {
    throw new LupaError(
      purpose.code,
      `${purpose.refusal} this URL: ${reason}. Use an https URL of a public host, or have its host or range added to OUTBOUND_ALLOW.`,
    )
  }
  return url
}

function refusalOfUrl(url: URL, outbound: Outbound): string | undefined {
  const host = bareHost(url.hostname)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return `its scheme is ${url.protocol} and not https:`
  if (url.username || url.password) return 'it holds a user name or password'
  if (host === '') return 'it names no host'
  if (host.length > MAX_HOST_LENGTH) return `its host is longer than ${MAX_HOST_LENGTH} characters`
  return refusalOfHost(host, url.protocol, outbound) ?? refusalOfPort(url, host, outbound)
}

const WEB_PORTS = ['', '80', '443']
const FIRST_FREE_PORT = 1024

/** Ports below 1024 belong to other protocols, whose servers are not to be knocked at from here. */
function refusalOfPort({ port }: URL, host: string, outbound: Outbound): string | undefined {
  if (WEB_PORTS.includes(port) || Number(port) >= FIRST_FREE_PORT) return undefined
  return isOurChoice(host, outbound) ? undefined : `port ${port} is not one for the web`
}

/** Whether whoever runs this service has named the host, its address or a range that it may be in. */
function isOurChoice(host: string, outbound: Outbound): boolean {
  if (isAllowedName(host, outbound)) return true
  if (!ipaddr.isValid(host)) return outbound.allow.some(isRange) || isLocalhost(host)
  const ip = ipaddr.process(host)
  return outbound.allow.some((entry) => covers(entry, ip)) || ip.range() === 'loopback'
}

/** Why a host may not be called, as far as its name tells; undefined when it may, or when DNS must be asked. */
export function refusalOfHost(hostname: string, protocol: string, outbound: Outbound): string | undefined {
  const host = bareHost(hostname)
  if (isAllowedName(host, outbound)) return undefined
  if (ipaddr.isValid(host)) return refusalOfAddress(host, { host, protocol, outbound })
  if (isLocalhost(host)) {
    return outbound.allowLoopback ? undefined : `${host} is this machine itself`
  }
  // What a name leads to is known when it is called. Without TLS it may lead to allowed ranges only.
  if (protocol !== 'https:' && !outbound.allow.some(isRange)) return 'its scheme is http: and not https:'
  return undefined
}

/** Why an address may not be called under this host and protocol; undefined when it may. */
export function refusalOfAddress(
  address: string,
  { host, protocol, outbound }: { host: string; protocol: string; outbound: Outbound },
): string | undefined {
  if (isAllowedName(bareHost(host), outbound)) return undefined
  if (!ipaddr.isValid(address)) return `${address} is not an address`
  const ip = ipaddr.process(address)
  if (outbound.allow.some((entry) => covers(entry, ip))) return undefined
  if (ip.range() === 'loopback' && outbound.allowLoopback) return undefined
  if (!isPublic(ip)) return `${ip.toString()} is not a public address`
  return protocol === 'https:' ? undefined : 'its scheme is http: and not https:'
}

function isPublic(ip: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (ip.range() !== 'unicast') return false
  if (ip.kind() === 'ipv6' && !ip.match(GLOBAL_UNICAST_V6)) return false
  return !DENIED.some((range) => isWithin(ip, range)) && !isIsatap(ip)
}

/** An IPv4 address behind a prefix of anybody: https://www.rfc-editor.org/rfc/rfc5214#section-6.1 */
function isIsatap(ip: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (!('parts' in ip)) return false
  const [high, low] = ip.parts.slice(4, 6)
  return low === 0x5efe && (high === 0 || high === 0x200)
}

function isAllowedName(host: string, outbound: Outbound): boolean {
  return outbound.allow.some((entry) => bareHost(entry) === host && !ipaddr.isValid(host))
}

function isLocalhost(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost')
}

function isRange(entry: string): boolean {
  return ipaddr.isValid(entry) || ipaddr.isValidCIDR(entry)
}

function covers(entry: string, ip: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (ipaddr.isValidCIDR(entry)) return isWithin(ip, ipaddr.parseCIDR(entry)) && !isMetadata(ip)
  return ipaddr.isValid(entry) && ipaddr.process(entry).toString() === ip.toString()
}

function isMetadata(ip: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return METADATA.some((address) => ipaddr.parse(address).toString() === ip.toString())
}

function isWithin(ip: ipaddr.IPv4 | ipaddr.IPv6, range: [ipaddr.IPv4 | ipaddr.IPv6, number]): boolean {
  return ip.kind() === range[0].kind() && ip.match(range)
}

/** As names are compared: lower case, without the brackets of IPv6 and the dot of the root. */
function bareHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
}
