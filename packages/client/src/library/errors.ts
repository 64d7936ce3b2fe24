import type { Job, Problem } from './wire-types.ts'

/** Every error that this library throws, but for what an `AbortSignal` was aborted with. */
export class LupaError extends Error {
  override readonly name: string = 'LupaError'
}

/** The gateway answered with a problem. */
export class ProblemError extends LupaError {
  override readonly name = 'ProblemError'
  readonly status: number
  /** Stable: `invalid_parameter`, `rate_limited`, … Undefined when something else than Lupa answered. */
  readonly code: Problem['code'] | undefined
  readonly problem: Partial<Problem>
  /** When the gateway says to try again. */
  readonly retryAfterMs: number | undefined

  constructor(
    where: string,
    answer: { status: number; problem: Partial<Problem>; retryAfterMs: number | undefined },
  ) {
    const { status, problem, retryAfterMs } = answer
    const said = [problem.title, problem.detail].filter(Boolean).join(': ')
    super(`${where} refused (${status}). ${said || 'It gave no reason.'}`)
    this.status = status
    this.code = problem.code
    this.problem = problem
    this.retryAfterMs = retryAfterMs
  }
}

/** No answer came, as often as it was tried. */
export class UnreachableError extends LupaError {
  override readonly name = 'UnreachableError'
  /** What `fetch` met: `ECONNREFUSED`, … */
  readonly reason: string

  constructor(url: string, cause: unknown) {
    const reason = reasonOf(cause)
    super(`No gateway answers at ${url} (${reason}).`, { cause })
    this.reason = reason
  }
}

/** The job ended in another way than well: `job.error` says why. */
export class JobError extends LupaError {
  override readonly name = 'JobError'
  readonly job: Job

  constructor(job: Job) {
    super(
      job.error
        ? `${job.error.title}: ${job.error.detail} (${job.error.code}, job ${job.id})`
        : `The job ${job.id} is ${job.status}.`,
    )
    this.job = job
  }
}

/** The job had not ended when the wait for it did. It goes on: `wait(error.job)` waits again. */
export class WaitEndedError extends LupaError {
  override readonly name = 'WaitEndedError'
  readonly job: Job

  constructor(job: Job, waitedMs: number) {
    super(
      `The job ${job.id} is still ${job.status} after ${(waitedMs / 1000).toFixed(1)} s. It goes on: wait for it again.`,
    )
    this.job = job
  }
}

/** A webhook that is not to be believed. */
export class WebhookError extends LupaError {
  override readonly name = 'WebhookError'
}

/** Whether every other image would fare as this one did: nothing is wrong with the image. */
export function concernsAll(error: LupaError): boolean {
  if (error instanceof UnreachableError) return true
  return error instanceof ProblemError && error.code !== undefined && OF_ALL.has(error.code)
}

const OF_ALL = new Set<Problem['code']>([
  'unauthorized',
  'forbidden',
  'invalid_parameter',
  'model_not_found',
  'webhook_url_refused',
])

/** `fetch` hides in the cause what went wrong. */
function reasonOf(thrown: unknown): string {
  const { cause, message, name } = thrown as Error & { cause?: { code?: string; message?: string } }
  if (name === 'TimeoutError') return 'no answer in time'
  return cause?.code ?? cause?.message ?? message ?? String(thrown)
}
