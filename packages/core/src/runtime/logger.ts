import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { createLogLines } from './log-lines.ts'

export type { Logger }

/** Plugins log whole requests and their headers when they are asked for much. */
const SECRET_HEADERS = ['authorization', 'proxy-authorization', 'x-api-key', 'cookie']
const SECRETS = [
  ...SECRET_HEADERS.flatMap((name) => [`headers["${name}"]`, `*.headers["${name}"]`]),
  '*.password',
  '*.secret',
  // What Redis refused: its password, when that was wrong.
  '*.command.args',
]

/** One JSON object per line on standard output, if nowhere else; `pretty` for people. */
export function createLogger(
  app: string,
  { level, pretty }: { level: string; pretty: boolean },
  destination?: DestinationStream,
): Logger {
  const options: LoggerOptions = {
    level,
    base: { app, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRETS, censor: '(hidden)' },
    ...(pretty
      ? { transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', singleLine: true } } }
      : {}),
  }
  if (pretty && !destination) return pino(options)
  return pino(options, destination ?? createLogLines())
}
