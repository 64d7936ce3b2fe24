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
