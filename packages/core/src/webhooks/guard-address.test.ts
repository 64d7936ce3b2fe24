import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LupaError } from '../domain/errors.ts'
import { checkWebhookUrl, type Outbound, refusalOfAddress } from './guard-address.ts'

const PUBLIC_ONLY: Outbound = { allow: [], allowLoopback: false }
const LAPTOP: Outbound = { allow: [], allowLoopback: true }

describe('checkWebhookUrl', () => {
  test.each([
    'https://hooks.example.com/a?b=c',
    'https://93.184.216.34:8443/',
    'https://[2606:2800:220:1::1]/',
  ])('allows %s', (url) => {
    expect(checkWebhookUrl(url, PUBLIC_ONLY).href).toBe(url)
  })

  test.each([
    ['no URL', 'not a URL'],
    ['', 'not a URL'],
    ['ftp://hooks.example.com/', 'scheme'],
    ['javascript:alert(1)', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['http://hooks.example.com/', 'http:'],
    ['https://ana:secret@hooks.example.com/', 'user name'],
    ['https://ana@hooks.example.com/', 'user name'],
    [`https://${'a.'.repeat(130)}example/`, '253'],
    ['https://localhost/', 'this machine'],
    ['https://LOCALHOST./', 'this machine'],
    ['https://api.localhost/', 'this machine'],
  ])('refuses %s', (url, reason) => {
    expect(() => checkWebhookUrl(url, PUBLIC_ONLY)).toThrow(reason)
  })

  // Every way to write an address that is not public, by what the browser's URL parser makes of it.
  test.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '017700000001',
    '127.0.0.1.',
    '１２７.０.０.１',
    '127。0。0。1',
    '%31%32%37.0.0.1',
    '0',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '168.63.129.16',
    '0xa83f8110',
    '192.0.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::127.0.0.1]',
    '[::7f00:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:169.254.169.254]',
    '[::ffff:168.63.129.16]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b::a9fe:a9fe]',
    '[64:ff9b:1::1]',
    '[2002:7f00:1::]',
    '[2002:a9fe:a9fe::1]',
    '[2001::1]',
    '[2001:db8::1]',
    '[100::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[4000::1]',
    '[fe80::1%25eth0]',
    '[2606:2800:220:1:0:5efe:7f00:1]',
    '[3fff::1]',
    '192.88.99.1',
    '100.100.100.200',
  ])('refuses https://%s/', (host) => {
    expect(() => checkWebhookUrl(`https://${host}/`, PUBLIC_ONLY)).toThrow(LupaError)
  })

  test('says which code, why, and what to do', () => {
    expect(() => checkWebhookUrl('https://10.0.0.1/', PUBLIC_ONLY)).toThrow(
      expect.objectContaining({
        code: 'webhook_url_refused',
        message: expect.stringMatching(/10\.0\.0\.1 is not a public address.*OUTBOUND_ALLOW/),
      }),
    )
  })

  test('on a laptop, this machine may be called, also by http, and nothing else that is not public', () => {
    for (const url of [
      'http://localhost:3000/',
      'http://127.0.0.1/',
      'http://[::1]:8080/',
      'https://127.9.9.9/',
    ]) {
      expect(checkWebhookUrl(url, LAPTOP).href).toBe(url)
    }
    for (const url of [
      'http://10.0.0.1/',
      'http://hooks.example.com/',
      'https://169.254.169.254/',
      'http://0.0.0.0/',
    ]) {
      expect(() => checkWebhookUrl(url, LAPTOP)).toThrow(LupaError)
    }
  })

  test('ports of other protocols are refused, unless whoever runs the service named the host', () => {
    for (const port of [1, 22, 25, 110, 465, 993]) {
      for (const host of ['hooks.example.com', '93.184.216.34', '[2606:2800:220:1::1]']) {
        expect(() => checkWebhookUrl(`https://${host}:${port}/`, PUBLIC_ONLY)).toThrow(`port ${port}`)
      }
    }
    for (const port of [80, 1024, 8443, 65_535]) {
      expect(checkWebhookUrl(`https://hooks.example.com:${port}/`, PUBLIC_ONLY).port).toBe(String(port))
    }
    const named = { allow: ['hooks.internal', '10.0.0.0/8'], allowLoopback: true }
    for (const host of [
      'hooks.internal',
      '10.1.2.3',
      'name-of-one-of-them',
      'localhost',
      '127.0.0.1',
      '[::1]',
    ]) {
      expect(checkWebhookUrl(`https://${host}:81/`, named).port).toBe('81')
    }
    expect(() => checkWebhookUrl('https://93.184.216.34:81/', named)).toThrow('port 81')
  })

  test('a range does not cover what gives out credentials; only its own address does', () => {
    const metadata = [
      '169.254.169.254',
      '168.63.129.16',
      '100.100.100.200',
      '[fd00:ec2::254]',
      '[::ffff:a9fe:a9fe]',
    ]
    const ranges = { allow: ['0.0.0.0/0', '169.254.0.0/16', '::/0', 'fd00::/8'], allowLoopback: true }
    for (const host of metadata) expect(() => checkWebhookUrl(`http://${host}/`, ranges)).toThrow(LupaError)
    const named = { allow: ['169.254.169.254'], allowLoopback: false }
    expect(checkWebhookUrl('http://169.254.169.254/', named).hostname).toBe('169.254.169.254')
  })

  test('a host that was allowed by name may be called, also by http', () => {
    const outbound = { allow: ['Hooks.Internal'], allowLoopback: false }
    expect(checkWebhookUrl('http://hooks.internal:9000/a', outbound).host).toBe('hooks.internal:9000')
    expect(() => checkWebhookUrl('http://other.internal/', outbound)).toThrow(LupaError)
    expect(() => checkWebhookUrl('http://hooks.internal.example/', outbound)).toThrow(LupaError)
  })

  test('an address in an allowed range may be called, also by http', () => {
    const outbound = { allow: ['10.20.0.0/16', 'fd12::/16', '192.168.7.7'], allowLoopback: false }
    for (const host of ['10.20.3.4', '[fd12::1]', '192.168.7.7', '[::ffff:10.20.3.4]']) {
      expect(checkWebhookUrl(`http://${host}/`, outbound).hostname).toBeTruthy()
    }
    for (const host of ['10.21.0.1', '[fd13::1]', '192.168.7.8']) {
      expect(() => checkWebhookUrl(`http://${host}/`, outbound)).toThrow(LupaError)
    }
  })
})

describe('refusalOfAddress', () => {
  const host = 'hooks.example.com'

  test('a public address may be called by https only', () => {
    const address = '93.184.216.34'
    expect(refusalOfAddress(address, { host, protocol: 'https:', outbound: PUBLIC_ONLY })).toBeUndefined()
    expect(refusalOfAddress(address, { host, protocol: 'http:', outbound: PUBLIC_ONLY })).toContain('http:')
  })

  test('whatever is not an address is refused', () => {
    for (const address of ['', 'unknown', '1.2.3.4.5']) {
      expect(refusalOfAddress(address, { host, protocol: 'https:', outbound: PUBLIC_ONLY })).toContain(
        'not an address',
      )
    }
  })
})

/** Where nobody's public server is: https://www.iana.org/assignments/iana-ipv4-special-registry */
const NOT_PUBLIC_V4 = [
  [0x00000000, 8],
  [0x0a000000, 8],
  [0x64400000, 10],
  [0x7f000000, 8],
  [0xa9fe0000, 16],
  [0xac100000, 12],
  [0xc0000000, 24],
  [0xc0000200, 24],
  [0xc0586300, 24],
  [0xc0a80000, 16],
  [0xc6120000, 15],
  [0xc6336400, 24],
  [0xcb007100, 24],
  [0xe0000000, 4],
  [0xf0000000, 4],
  [0xa83f8110, 32],
] as const

const insideV4 = fc
  .tuple(fc.constantFrom(...NOT_PUBLIC_V4), fc.nat({ max: 0xffffffff }))
  .map(([[base, bits], random]) => (base + (bits === 32 ? 0 : random % 2 ** (32 - bits))) >>> 0)

const bytesOf = (ip: number) => [ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255] as const
const hex = (ip: number) => `${(ip >>> 16).toString(16)}:${(ip & 0xffff).toString(16)}`
const inRadix = (radix: number, value: number) =>
  radix === 10 ? String(value) : radix === 16 ? `0x${value.toString(16)}` : `0${value.toString(8)}`

/** Every way to write or to hide an IPv4 address that a URL, or DNS, may come with. */
const spellings = fc
  .tuple(insideV4, fc.constantFrom(8, 10, 16), fc.constantFrom(8, 10, 16), fc.nat({ max: 16 }))
  .map(([ip, one, other, way]) => {
    const [a, b, c, d] = bytesOf(ip)
    const ways = [
      `${a}.${b}.${c}.${d}`,
      `${inRadix(one, a)}.${inRadix(other, b)}.${inRadix(one, c)}.${inRadix(other, d)}`,
      `${inRadix(one, a)}.${inRadix(other, b)}.${inRadix(one, c * 256 + d)}`,
      `${inRadix(one, a)}.${inRadix(other, ip & 0xffffff)}`,
      inRadix(one, ip),
      `${a}.${b}.${c}.${d}.`,
      `[::ffff:${hex(ip)}]`,
      `[::ffff:${a}.${b}.${c}.${d}]`,
      `[0:0:0:0:0:ffff:${hex(ip)}]`,
      `[::${hex(ip)}]`,
      `[::ffff:0:${hex(ip)}]`,
      `[64:ff9b::${hex(ip)}]`,
      `[64:ff9b:1::${hex(ip)}]`,
      `[2002:${hex(ip)}::1]`,
      `[2001:0:4136:e378:8000:63bf:${hex(~ip >>> 0)}]`,
      `[2606:2800:220:1:0:5efe:${hex(ip)}]`,
      `[2606:2800:220:1:200:5efe:${hex(ip)}]`,
    ]
    return ways[way] as string
  })

describe('whatever the spelling', () => {
  test('an address that is not public is refused, with or without DNS between', () => {
    fc.assert(
      fc.property(spellings, fc.constantFrom('http', 'https'), (host, scheme) => {
        expect(() => checkWebhookUrl(`${scheme}://${host}/`, PUBLIC_ONLY)).toThrow(LupaError)
        const literal = URL.parse(`https://${host}/`)?.hostname.replace(/^\[|\]$/g, '')
        const asAnswer = { host: 'hooks.example.com', protocol: 'https:', outbound: PUBLIC_ONLY }
        if (literal && isIP(literal)) expect(refusalOfAddress(literal, asAnswer)).toBeDefined()
      }),
      { numRuns: 5000 },
    )
  })

  test('an IPv6 address outside of what is given out is refused, zone or not', () => {
    const group = fc.nat({ max: 0xffff })
    const outside = fc
      .array(group, { minLength: 8, maxLength: 8 })
      .filter(([first]) => (first as number) >>> 13 !== 1)
    fc.assert(
      fc.property(outside, fc.constantFrom('', '%eth0', '%1'), (groups, zone) => {
        const address = groups.map((one) => one.toString(16)).join(':') + zone
        const asAnswer = { host: 'hooks.example.com', protocol: 'https:', outbound: PUBLIC_ONLY }
        expect(refusalOfAddress(address, asAnswer)).toBeDefined()
      }),
      { numRuns: 2000 },
    )
  })

  test('any text at all is a URL that may be called, or is refused as one that may not', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
    )
    fc.assert(
      fc.property(text, (given) => {
        try {
          expect(checkWebhookUrl(given, PUBLIC_ONLY).protocol).toBe('https:')
        } catch (error) {
          expect(error).toMatchObject({ code: 'webhook_url_refused' })
        }
      }),
      { numRuns: 2000 },
    )
  })
})
