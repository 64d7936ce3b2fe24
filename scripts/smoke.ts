import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs, parseEnv } from 'node:util'
import { freePort } from '../packages/core/test/services/redis-server.ts'
import { distinct } from '../test/end-to-end/lupa.ts'
import { ROOT } from './checks/run-check.ts'
import { say } from './cluster/say.ts'
import { type ClusterClient, createClusterClient } from './smoke/cluster-client.ts'
import { type Compose, docker, findCompose } from './smoke/compose.ts'
import { hardeningFaults } from './smoke/hardening-faults.ts'
import { readRecords } from './smoke/read-records.ts'

// Starts the cluster of docker-compose.yml under a name of its own, sends pictures through it while containers are
// killed and workers come and go, and shows what was lost: `pnpm smoke [--stores stand-ins] [--jobs 200] [--json]`.

const STORES = ['emulators', 'stand-ins', 'embedded-store']
const SAMPLE = readFileSync(join(ROOT, 'models/bottle-status/samples/fechada-1.jpg'))
const CLIENTS = 8
const END_TIMEOUT_MS = 240_000
const UP_TIMEOUT_MS = 180_000
const SEVEN_FIELDS = [
  'request_id',
  'image_name',
  'prediction',
  'confidence',
  'timestamp',
  'processing_time',
  'user_ip',
]

const { values } = parseArgs({
  options: {
    stores: { type: 'string', default: 'emulators' },
    jobs: { type: 'string', default: '200' },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const jobs = Number(values.jobs)
if (!STORES.includes(values.stores) || !Number.isInteger(jobs) || jobs < 8) {
  say(`--stores is one of ${STORES.join(', ')}, --jobs a whole number from 8.`)
  process.exit(2)
}

const port = await freePort()
const prometheusPort = await freePort()
const directory = mkdtempSync(join(tmpdir(), 'lupa-smoke-'))
const envFile = join(directory, '.env')
const password = await writeEnvironment()
const compose = await findCompose(`lupa-smoke-${process.pid}`, envFile)
if (!compose) {
  rmSync(directory, { recursive: true })
  say('No Docker engine answers, or it has no compose. Start one, then: npm run smoke')
  process.exit(69)
}

const checks: [name: string, holds: boolean, detail?: string][] = []
try {
  await smoke(compose)
} catch (error) {
  check('the run reached its end', false, error instanceof Error ? error.message : String(error))
} finally {
  if (values.keep)
    say(`The cluster stays: http://127.0.0.1:${port}, user lupa, password ${password}, settings ${envFile}`)
  else {
    await compose.run('down', '--volumes', '--timeout', '5')
    rmSync(directory, { recursive: true, force: true })
  }
}
const broken = checks.filter(([, holds]) => !holds)
if (values.json) say(JSON.stringify(checks.map(([name, holds, detail]) => ({ name, holds, detail }))))
else
  say(
    broken.length
      ? `${broken.length} of ${checks.length} checks failed.`
      : `All ${checks.length} checks hold.`,
  )
process.exitCode = broken.length ? 1 : 0

async function smoke(cluster: Compose): Promise<void> {
  if (values.stores === 'stand-ins') await standInForCaddy()
  tell('building the images and starting two gateways and two workers')
  await cluster.run('up', '--detach', '--build', '--scale', 'worker=2')
  const client = createClusterClient(`http://127.0.0.1:${port}`, { user: 'lupa', password })
  await until('the balancer leads to a ready gateway', () => client.isReady(), UP_TIMEOUT_MS)

  for (const service of ['gateway', 'worker']) {
    const containers = await cluster.containers(service)
    check(`two containers of ${service}`, containers.length === 2, `${containers.length}`)
    const faults = await hardeningFaults(containers[0] ?? '')
    check(`${service} may do only what it must`, faults.length === 0, faults.join(', '))
  }

  tell(`sending ${jobs} pictures; containers die and workers come and go meanwhile`)
  const accepted: string[] = []
  const share = { pictures: Math.round(jobs * 0.2) }
  const sending = sendAll(client, accepted, share)
  const events: [what: string, run: () => Promise<unknown>][] = [
    ['a worker is killed', () => kill(cluster, 'worker')],
    ['up to four workers', () => scale(cluster, 4)],
    ['a gateway is killed', () => kill(cluster, 'gateway')],
    ['down to one worker', () => scale(cluster, 1)],
  ]
  for (const [nth, [what, run]] of events.entries()) {
    while (accepted.length < share.pictures) await Promise.race([sleep(50), sending])
    tell(`${what} (${accepted.length} of ${jobs} accepted)`)
    share.pictures = Math.round(jobs * (0.4 + nth * 0.2))
    await run()
  }
  await sending
  check('every picture was accepted', accepted.length === jobs, `${accepted.length} of ${jobs}`)

  const ended = await untilEnded(client, accepted)
  check('every accepted job ended', ended.length === jobs, `${ended.length} of ${jobs}`)
  const succeeded = ended.filter(({ status }) => status === 'succeeded')
  check('every job succeeded', succeeded.length === jobs, `${succeeded.length} of ${jobs}`)
  const listed = await client.jobIds()
  check(
    'no picture became two jobs',
    new Set(listed).size === jobs && listed.length === jobs,
    `${listed.length} listed`,
  )
  const workers = new Set(ended.map(({ worker }) => worker))
  check('several workers took part', workers.size >= 3, `${workers.size}`)

  if (values.stores !== 'embedded-store') {
    const records = await readRecords(await only(cluster, 'gateway'), SEVEN_FIELDS)
    const whole = records.filter((record) =>
      SEVEN_FIELDS.every((field) => record[field] !== undefined && record[field] !== null),
    )
    check(`all records hold ${SEVEN_FIELDS.join(', ')}`, whole.length === jobs, `${whole.length} of ${jobs}`)
  }

  const scraped = await until('Prometheus sees them all', () => seen(cluster), 60_000).catch(() => false)
  check('Prometheus reads the metrics of all gateways and workers', scraped !== false)

  tell('stopping everything')
  const all = [...(await cluster.containers('gateway')), ...(await cluster.containers('worker'))]
  await cluster.run('stop')
  const codes = await Promise.all(all.map((id) => docker('inspect', '--format', '{{.State.ExitCode}}', id)))
  check(
    'gateways and workers end by themselves when told',
    codes.every((code) => code === '0'),
    codes.join(' '),
  )
}

/** As a user makes it, apart from a cluster that runs beside this one. Resolves to the password. */
async function writeEnvironment(): Promise<string> {
  const script = join(ROOT, 'scripts/compose-env.mjs')
  execFileSync(process.execPath, [script, values.stores, 'prometheus'], { cwd: directory, stdio: 'ignore' })
  const own = {
    PORT: port,
    PROMETHEUS_PORT: prometheusPort,
    GRAFANA_PORT: await freePort(),
    RATE_LIMIT_PER_MINUTE: 0,
    EDGE_SUBNET: `172.30.${process.pid % 250}.0/24`,
  }
  const lines = Object.entries(own).map(([name, value]) => `${name}=${value}\n`)
  appendFileSync(envFile, lines.join(''))
  return parseEnv(readFileSync(envFile, 'utf8')).API_PASSWORD ?? ''
}

async function standInForCaddy(): Promise<void> {
  const isThere = await docker('image', 'inspect', 'caddy:2').catch(() => undefined)
  if (!isThere) await docker('build', '--tag', 'caddy:2', join(ROOT, 'deploy/stand-ins/caddy'))
}

/** Sends no more than the share that is due by now, so that every event meets pictures on their way. */
async function sendAll(
  client: ClusterClient,
  accepted: string[],
  share: { pictures: number },
): Promise<void> {
  let next = 0
  const sendSome = async () => {
    while (next < jobs) {
      if (next >= share.pictures) {
        await sleep(20)
        continue
      }
      accepted.push(await client.submit(distinct(SAMPLE, `smoke ${next++}`), randomUUID()))
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, sendSome))
}

async function untilEnded(client: ClusterClient, ids: string[]) {
  const deadline = Date.now() + END_TIMEOUT_MS
  const ended = []
  for (const id of ids) {
    for (;;) {
      const job = await client.job(id)
      if (job?.done) ended.push(job)
      if (job?.done || Date.now() > deadline) break
      await sleep(300)
    }
  }
  return ended
}

/** Others stay as they are: a container that was killed comes back only by being asked for. */
function scale(cluster: Compose, workers: number): Promise<string> {
  return cluster.run('up', '--detach', '--no-build', '--no-recreate', '--scale', `worker=${workers}`)
}

async function kill(cluster: Compose, service: string): Promise<void> {
  const [victim] = await cluster.containers(service)
  if (victim) await docker('kill', '--signal', 'KILL', victim)
}

async function only(cluster: Compose, service: string): Promise<string> {
  const [container] = await cluster.containers(service)
  if (!container) throw new Error(`No container of ${service} runs`)
  return container
}

/** Whether Prometheus reaches as many gateways and workers as run. */
async function seen(cluster: Compose): Promise<boolean> {
  const url = `http://127.0.0.1:${prometheusPort}/api/v1/query?query=sum(up)`
  const answer = await fetch(url).catch(() => undefined)
  if (!answer?.ok) return false
  const { data } = (await answer.json()) as { data: { result: [{ value: [number, string] }?] } }
  const running = [...(await cluster.containers('gateway')), ...(await cluster.containers('worker'))]
  return Number(data.result[0]?.value[1]) === running.length
}

async function until(what: string, holds: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Not within ${timeoutMs / 1000} s: ${what}`)
    await sleep(500)
  }
}

function tell(text: string): void {
  if (!values.json) say(`… ${text}`)
}

function check(name: string, holds: boolean, detail = ''): void {
  checks.push([name, holds, detail])
  if (!values.json) say(`${holds ? '✓' : '✗'} ${name}${detail && !holds ? `: ${detail}` : ''}`)
}
