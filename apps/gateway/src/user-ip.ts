import { isIP, isIPv4, isIPv6 } from 'node:net'
import type { UserIpMode } from './config.ts'

/** As much of an address as may be recorded: truncated is /24 of IPv4 and /48 of IPv6. */
export function toUserIp(address: string, mode: UserIpMode): string | null {
  if (mode === 'off') return null
  const ip = bare(address)
  if (isIP(ip) === 0) return null
  if (mode === 'full') return ip
  return isIPv4(ip) ? ip.replace(/\d+$/, '0') : firstGroups(shortest(ip), 3)
}

/** What one household, or one machine, has of addresses: all of IPv4, and /64 of IPv6. */
export function networkOf(address: string): string {
  const ip = bare(address)
  return isIPv6(ip) ? firstGroups(shortest(ip), 4) : ip
}

/**
 * Without the port that some proxies write into `X-Forwarded-For`, and as IPv4 where it is that:
 * https://learn.microsoft.com/azure/application-gateway/rewrite-http-headers-url#remove-port-information-from-the-x-forwarded-for-header
 */
function bare(address: string): string {
  const [, ip = address] = /^(\d+\.\d+\.\d+\.\d+|\[[^\]]*\]):\d+$/.exec(address) ?? []
  return ip.replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:(?=\d+\.)/, '')
}

function shortest(ip: string): string {
  return new URL(`http://[${ip.split('%')[0]}]/`).hostname.slice(1, -1)
}

function firstGroups(ip: string, count: number): string {
  const [head = '', tail = ''] = ip.split('::')
  const groups = head === '' ? [] : head.split(':')
  const end = tail === '' ? [] : tail.split(':')
  while (ip.includes('::') && groups.length + end.length < 8) groups.push('0')
  return `${[...groups, ...end].slice(0, count).join(':')}::`
}
