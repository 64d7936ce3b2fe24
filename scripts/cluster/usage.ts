import { describeSettings } from '@lupa/core/runtime/env'
import { LauncherError } from './launcher-error.ts'
import { LauncherSettings } from './launcher-settings.ts'

/** Whether the arguments ask for help. There are no others: everything is set by the environment. */
export function asksForHelp(args: readonly string[]): boolean {
  const unknown = args.find((arg) => arg !== '--help' && arg !== '-h')
  if (unknown !== undefined)
    throw new LauncherError(
      `npm start knows no argument ${JSON.stringify(unknown)}. Settings are environment variables: PORT=8080 npm start. ` +
        'See them by: npm start -- --help',
    )
  return args.length > 0
}

export function usage(): string {
  const settings = describeSettings(LauncherSettings).map(
    ({ name, default: fallback, about }) => `  ${name}${fallback ? ` (${fallback})` : ''}\n      ${about}`,
  )
  return [
    'Runs Redis, the gateway and the workers on this machine until Ctrl-C: npm start',
    '',
    'What is set by the environment, as in PORT=8080 npm start, with its default:',
    ...settings,
    '',
    'The gateway and the workers read more: .env.example names all.',
    '',
  ].join('\n')
}
