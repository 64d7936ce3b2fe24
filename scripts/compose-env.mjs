// Makes `.env` for `docker compose up`, unless there is one: random credentials, and what runs beside Lupa.
//
//   node scripts/compose-env.mjs [emulators | stand-ins | embedded-store] [prometheus] [grafana] [housekeeping]
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'

/** What runs beside gateways, workers, Redis and balancer, by the name of the choice. */
const CHOICES = {
  emulators: { profiles: ['prometheus', 'grafana'], settings: [] },
  'stand-ins': { profiles: ['prometheus'], settings: [] },
  'embedded-store': { profiles: [], settings: ['IMAGE_STORE=folder', 'JOB_STORE=sqlite'] },
}
/** What may run besides, whatever the choice. */
const PROFILES = ['prometheus', 'grafana', 'housekeeping']
const secret = () => randomBytes(18).toString('base64url')

const [choice = 'emulators', ...besides] = process.argv.slice(2)
if (!Object.hasOwn(CHOICES, choice)) {
  const choices = Object.keys(CHOICES).join(', ')
  process.stderr.write(`There is no choice "${choice}". Choose one of: ${choices}.\n`)
  process.exit(2)
}
for (const profile of besides) {
  if (PROFILES.includes(profile)) continue
  process.stderr.write(`There is no profile "${profile}". There are: ${PROFILES.join(', ')}.\n`)
  process.exit(2)
}
const { profiles, settings } = CHOICES[choice]

const lines = [
  '# Where images and jobs are kept, and what else runs; docs/cluster.md tells the choices.',
  `COMPOSE_PROFILES=${[...new Set([choice, ...profiles, ...besides])].join(',')}`,
  ...settings,
  '',
  '# The gateways in the cluster let in whoever has these.',
  'API_USERNAME=lupa',
  `API_PASSWORD=${secret()}`,
  '# What API keys are hashed with: all gateways need the same.',
  `API_KEY_SECRET=${randomBytes(32).toString('base64')}`,
  '',
  '# What Prometheus shows the gateways to read their metrics.',
  `METRICS_KEY=${randomBytes(32).toString('hex')}`,
  '# Of the user admin in Grafana.',
  `GRAFANA_PASSWORD=${secret()}`,
]
try {
  writeFileSync('.env', `${lines.join('\n')}\n`, { flag: 'wx', mode: 0o600 })
  process.stdout.write(`Wrote .env: user lupa and a random password; stores: ${choice}.\n`)
} catch (error) {
  if (error.code !== 'EEXIST') throw error
  process.stdout.write('.env is there already and stays as it is.\n')
}
