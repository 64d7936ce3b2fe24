import type { LupaError } from '@lupa/core/domain/errors'
import type { ChildEnd } from './model-process.ts'

/** What an invalid access, an assertion or a forbidden system call ends with. */
const CRASH_SIGNALS: ReadonlySet<unknown> = new Set<NodeJS.Signals>([
  'SIGSEGV',
  'SIGABRT',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
  'SIGSYS',
])

/**
 * Whether the image (or the model, while it loads) itself ended its process, or kept it busy too long:
 * such a one may do so again. A
 * SIGKILL comes from outside: from an operator, or from a system that is short of memory.
 */
export function isCrash({ code, cause }: LupaError): boolean {
  if (code === 'execution_timeout') return true
  if (code !== 'worker_lost' || typeof cause !== 'object' || !cause) return false
  const { signal, exitCode } = cause as Partial<ChildEnd>
  return CRASH_SIGNALS.has(signal) || (typeof exitCode === 'number' && exitCode !== 0)
}
