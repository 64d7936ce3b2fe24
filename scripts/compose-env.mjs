// Makes `.env` with random credentials for `docker compose up`, unless there is one.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'

const lines = [
  '# The gateway in the cluster lets in whoever has these.',
  'API_USERNAME=lupa',
  `API_PASSWORD=${randomBytes(18).toString('base64url')}`,
]
try {
  writeFileSync('.env', `${lines.join('\n')}\n`, { flag: 'wx', mode: 0o600 })
  process.stdout.write('Wrote .env: user lupa and a random password.\n')
} catch (error) {
  if (error.code !== 'EEXIST') throw error
  process.stdout.write('.env is there already and stays as it is.\n')
}
