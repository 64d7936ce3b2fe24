import { describe, expect, test } from 'vitest'
import { afterFailure, HEALTHY } from './receiver-health.ts'

const at = (time: string) => new Date(`2026-11-${time}Z`)

describe('afterFailure', () => {
  test('a first failure is remembered, further ones within five days change nothing', () => {
    const failing = afterFailure(HEALTHY, { status: 500, at: at('01T00:00:00') })
    expect(failing).toEqual({ failingSince: '2026-11-01T00:00:00.000Z', disabledAt: null, reason: null })
    expect(afterFailure(failing, { status: null, at: at('05T23:59:59') })).toBe(failing)
  })

  test('five days of nothing but failures disable it, and say since when', () => {
    const failing = afterFailure(HEALTHY, { status: 500, at: at('01T00:00:00') })
    expect(afterFailure(failing, { status: null, at: at('06T00:00:00') })).toEqual({
      failingSince: '2026-11-01T00:00:00.000Z',
      disabledAt: '2026-11-06T00:00:00.000Z',
      reason: 'Every try since 2026-11-01T00:00:00.000Z has failed.',
    })
  })

  test('410 disables it at once', () => {
    const gone = afterFailure(HEALTHY, { status: 410, at: at('01T00:00:00') })
    expect(gone).toMatchObject({
      disabledAt: '2026-11-01T00:00:00.000Z',
      reason: expect.stringContaining('410'),
    })
    expect(afterFailure(gone, { status: 500, at: at('20T00:00:00') })).toBe(gone)
  })
})
