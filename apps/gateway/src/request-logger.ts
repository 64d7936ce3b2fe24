import type { FastifyBaseLogger } from 'fastify'

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

/**
 * The logger of one request, whose every line says which request it is about. It is made of its parent when there
 * is something to write: most requests have nothing to say but that they were answered.
 */
export class RequestLogger implements FastifyBaseLogger {
  readonly #parent: FastifyBaseLogger
  readonly #bindings: () => Record<string, unknown>
  readonly #options: object
  #made: FastifyBaseLogger | undefined

  constructor(parent: FastifyBaseLogger, bindings: () => Record<string, unknown>, options: object) {
    this.#parent = parent
    this.#bindings = bindings
    this.#options = options
  }

  get #own(): FastifyBaseLogger {
    return (this.#made ??= this.#parent.child(this.#bindings(), this.#options))
  }

  #write(level: Level, given: unknown[]): void {
    const own: Record<Level, (...given: unknown[]) => void> = this.#own
    own[level](...given)
  }

  get level() {
    return this.#own.level
  }
  set level(level) {
    this.#own.level = level
  }

  child(...given: Parameters<FastifyBaseLogger['child']>): ReturnType<FastifyBaseLogger['child']> {
    return this.#own.child(...given)
  }
  fatal(...given: unknown[]) {
    this.#write('fatal', given)
  }
  error(...given: unknown[]) {
    this.#write('error', given)
  }
  warn(...given: unknown[]) {
    this.#write('warn', given)
  }
  info(...given: unknown[]) {
    this.#write('info', given)
  }
  debug(...given: unknown[]) {
    this.#write('debug', given)
  }
  trace(...given: unknown[]) {
    this.#write('trace', given)
  }
  silent(...given: unknown[]) {
    this.#write('silent', given)
  }
}
