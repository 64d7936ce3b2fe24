// Makes `.env` for `docker compose up`, unless there is one: random credentials, and what runs beside Lupa.
//
//   node scripts/compose-env.mjs [emulators | stand-ins | embedded-store]
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'

/** What runs beside gateways, workers, Redis and balancer, by the name of the choice. */
const CHOICES = {
  emulators: ['COMPOSE_PROFILES=emulators,prometheus,grafana'],
  'stand-ins': ['COMPOSE_PROFILES=stand-ins,prometheus'],
  'embedded-store': ['COMPOSE_PROFILES=embedded-store', 'IMAGE_STORE=folder', 'JOB_STORE=sqlite'],
}
const secret = () => randomBytes(18).toString('base64url')

const choice = process.argv[2] ?? 'emulators'
if (!Object.hasOwn(CHOICES, choice)) {
  const choices = Object.keys(CHOICES).join(', ')
  process.stderr.write(`There is no choice "${choice}". Choose one of: ${choices}.\n`)
  process.exit(2)
}

const lines = [
  '# Where images and jobs are kept, and what else runs; docs/cluster.md tells the choices.',
  ...CHOICES[choice],
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
