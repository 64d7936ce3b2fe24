import { expect, test } from 'vitest'
import { readPreferWait } from './prefer-wait.ts'
import { readTraceId } from './trace-id.ts'
import { toUserIp } from './user-ip.ts'

test.each([
  [undefined, undefined],
  ['wait=10', 10_000],
  ['WAIT=5', 5000],
  ['wait="7"', 7000],
  ['wait = 7; foo=bar', 7000],
  ['wait', 30_000],
  ['respond-async, wait=3', 3000],
  [['respond-async', 'wait=3'], 3000],
  ['wait=0', 0],
  ['wait=61', 60_000],
  ['wait=-1', undefined],
  ['wait=', undefined],
  ['wait=abc, wait=4', 4000],
  ['waiting=4', undefined],
])('Prefer: %j waits %j ms', (header, waitMs) => {
  expect(readPreferWait(header, { defaultMs: 30_000, maxMs: 60_000 })).toBe(waitMs)
})

test.each([
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '4bf92f3577b34da6a3ce929d0e0e4736'],
  ['cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-future', '4bf92f3577b34da6a3ce929d0e0e4736'],
  ['ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', null],
  ['00-00000000000000000000000000000000-00f067aa0ba902b7-01', null],
  ['00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01', null],
  ['nonsense', null],
  [undefined, null],
])('traceparent %j names the trace %j', (header, traceId) => {
  expect(readTraceId(header)).toBe(traceId)
})

test.each([
  ['203.0.113.77', 'full', '203.0.113.77'],
  ['::ffff:203.0.113.77', 'full', '203.0.113.77'],
  ['203.0.113.77', 'truncated', '203.0.113.0'],
  ['::ffff:203.0.113.77', 'truncated', '203.0.113.0'],
  ['2001:db8:85a3:8d3:1319:8a2e:370:7348', 'truncated', '2001:db8:85a3::'],
  ['2001:db8::1', 'truncated', '2001:db8:0::'],
  ['fe80::1%eth0', 'truncated', 'fe80:0:0::'],
  ['::1', 'truncated', '0:0:0::'],
  ['203.0.113.77', 'off', null],
  ['nonsense', 'truncated', null],
  ['nonsense', 'full', null],
  ['203.0.113.77:51234', 'full', '203.0.113.77'],
  ['[2001:db8::1]:51234', 'full', '2001:db8::1'],
  ['[2001:db8::1]', 'full', '2001:db8::1'],
] as const)('of the address %s, %s records %j', (address, mode, recorded) => {
  expect(toUserIp(address, mode)).toBe(recorded)
})
