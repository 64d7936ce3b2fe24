import { type Logger, pino } from 'pino'

export type { Logger }

/** One JSON object per line on standard output; `pretty` for people. */
export function createLogger(app: string, { level, pretty }: { level: string; pretty: boolean }): Logger {
  return pino({
    level,
    base: { app, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: ['req.headers.authorization', 'headers.authorization', '*.password', '*.secret'],
      censor: '(hidden)',
    },
    ...(pretty
      ? { transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', singleLine: true } } }
      : {}),
  })
}
