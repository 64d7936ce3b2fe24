import { type ErrorCode, LupaError } from '@lupa/core/domain/errors'
import { describe, expect, test } from 'vitest'
import { isCrash } from './predictor/is-crash.ts'
import { type Attempt, judge } from './retry-policy.ts'

const FIRST: Attempt = { failures: 0, isLastAttempt: false, crashes: 0 }
const SECOND: Attempt = { failures: 1, isLastAttempt: false, crashes: 0 }
const THIRD: Attempt = { failures: 2, isLastAttempt: true, crashes: 0 }

const verdicts = (code: ErrorCode) =>
  [FIRST, SECOND, THIRD].map((attempt) => judge(new LupaError(code, 'It failed.'), attempt))

const lost = (cause: unknown) => new LupaError('worker_lost', 'It ended.', { cause })

describe('an attempt that failed', () => {
  test.each<[ErrorCode, string[]]>([
    ['worker_lost', ['retry', 'retry', 'fail']],
    ['internal_error', ['retry', 'retry', 'fail']],
    ['out_of_memory', ['retry', 'fail', 'fail']],
    ['execution_timeout', ['retry', 'fail', 'fail']],
    ['image_unreadable', ['fail', 'fail', 'fail']],
    ['model_not_found', ['fail', 'fail', 'fail']],
    ['image_quarantined', ['fail', 'fail', 'fail']],
    ['deadline_exceeded', ['expire', 'expire', 'expire']],
    ['store_unavailable', ['give_back', 'give_back', 'give_back']],
    ['queue_unavailable', ['give_back', 'give_back', 'give_back']],
    ['service_stopping', ['give_back', 'give_back', 'give_back']],
    ['worker_not_ready', ['give_back', 'give_back', 'give_back']],
  ])('by %s is followed on the first, second and last attempt by %j', (code, expected) => {
    expect(verdicts(code)).toEqual(expected)
  })

  test('by the second crash on an image has it quarantined, on whatever attempt', () => {
    const error = new LupaError('worker_lost', 'It crashed.')
    expect(judge(error, { ...FIRST, crashes: 2 })).toBe('quarantine')
    expect(judge(error, { ...THIRD, crashes: 1 })).toBe('fail')
  })
})

describe('a process that ended', () => {
  test.each(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE'])('by %s crashed', (signal) => {
    expect(isCrash(lost({ signal, exitCode: null }))).toBe(true)
  })

  test('with an exit code of its own crashed', () => {
    expect(isCrash(lost({ signal: null, exitCode: 3 }))).toBe(true)
  })

  test('too late crashed', () => {
    expect(isCrash(new LupaError('execution_timeout', 'It took too long.'))).toBe(true)
  })

  test.each([{ signal: 'SIGKILL', exitCode: null }, { signal: 'SIGTERM', exitCode: null }, undefined])(
    'by somebody else did not: %j',
    (cause) => expect(isCrash(lost(cause))).toBe(false),
  )

  test('for want of memory did not', () => {
    expect(isCrash(new LupaError('out_of_memory', 'There was not enough.'))).toBe(false)
  })
})
