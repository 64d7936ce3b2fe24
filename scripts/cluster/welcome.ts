import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type LauncherConfig, urlOf } from './launcher-settings.ts'

/** What a person may want to know once everything runs. */
export function welcome(config: LauncherConfig): string {
  const url = urlOf(config)
  const sample = findSample(config)
  const login = loginFor(process.env)
  return [
    '',
    `Lupa is ready at ${url}`,
    ...(sample
      ? ['', 'Open it in a browser, or try it here:', `  curl${login} -F image=@${sample} ${url}/predict`]
      : []),
    '',
    `Data lives in ${config.dataDirectory}`,
    'Ctrl-C ends everything.',
    '',
  ].join('\n')
}

function loginFor({ API_USERNAME, API_KEYS, OIDC_ISSUER }: NodeJS.ProcessEnv): string {
  if (API_USERNAME) return ' -u "$API_USERNAME:$API_PASSWORD"'
  if (API_KEYS) return ' -H "X-API-Key: $KEY"'
  return OIDC_ISSUER ? ' -H "Authorization: Bearer $TOKEN"' : ''
}

function findSample({ modelsDirectory, defaultModel }: LauncherConfig): string | undefined {
  const folder = join(modelsDirectory, defaultModel, 'samples')
  try {
    const name = readdirSync(folder)
      .toSorted()
      .find((file) => /\.(jpe?g|png|webp)$/i.test(file))
    return name && relative(process.cwd(), join(folder, name))
  } catch {
    return undefined
  }
}
