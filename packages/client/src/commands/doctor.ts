import { availableParallelism } from 'node:os'
import { distinct, sampleImage } from '../bench/sample-image.ts'
import type { ClientConfig } from '../config.ts'
import { LupaError, ProblemError } from '../library/errors.ts'
import type { Lupa } from '../library/lupa.ts'
import type { Health, Model, Queue } from '../library/wire-types.ts'
import { openLupa } from '../open-lupa.ts'
import { describePrediction } from '../predict/describe-prediction.ts'
import type { Terminal } from '../terminal.ts'

export interface DoctorOptions {
  url?: string
  json?: boolean
}

/** One thing that was looked at. */
export interface Finding {
  check: string
  /** `warning`: it works, and could be better. */
  status: 'ok' | 'warning' | 'problem'
  found: string
  /** What to do about it. */
  advice: string | null
}

const CLOCK_SKEW_SECONDS = 60
const OLDEST_WAIT_SECONDS = 60
const SAMPLE_TIMEOUT_MS = 60_000
const OLDEST_NODE_MAJOR = 20

/** `lupa doctor`: whether an installation works, and what to do where not. Resolves to whether it does. */
export async function doctor(
  { url, json }: DoctorOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<boolean> {
  const lupa = openLupa({ url }, config)
  const findings: Finding[] = []
  const say = (finding: Finding) => {
    findings.push(finding)
    if (!json) for (const line of linesOf(finding, terminal)) terminal.print(line)
  }
  say(ownNode())
  // Nothing else can be asked where this fails: it ends the command, by its own exit code.
  say(await reach(lupa))
  const [queue, models] = await Promise.all([lupa.queue(), lupa.models()])
  say(ok('credentials', 'They are taken.'))
  for (const finding of await readiness(lupa)) say(finding)
  for (const finding of workersOf(queue, lupa.url)) say(finding)
  for (const finding of modelsOf(models)) say(finding)
  say(moving(queue))
  say(await predictSample(lupa))
  const isWell = findings.every(({ status }) => status !== 'problem')
  if (json) terminal.printJson({ url: lupa.url, well: isWell, findings })
  else terminal.print(isWell ? terminal.bold('It works.') : terminal.bad('It does not work as it should.'))
  return isWell
}

function linesOf({ check, status, found, advice }: Finding, terminal: Terminal): string[] {
  const mark = { ok: terminal.good('✓'), warning: terminal.bold('!'), problem: terminal.bad('✗') }[status]
  return [
    `${mark} ${check.padEnd(12)} ${found}`,
    ...(advice === null ? [] : [`  ${' '.repeat(12)} → ${advice}`]),
  ]
}

const ok = (check: string, found: string): Finding => ({ check, status: 'ok', found, advice: null })
const warning = (check: string, found: string, advice: string): Finding => ({
  check,
  status: 'warning',
  found,
  advice,
})
const problem = (check: string, found: string, advice: string): Finding => ({
  check,
  status: 'problem',
  found,
  advice,
})

function ownNode(): Finding {
  const isOld = Number(process.versions.node.split('.')[0]) < OLDEST_NODE_MAJOR
  return isOld
    ? warning(
        'node',
        `This command runs on Node ${process.version}.`,
        `Install Node ${OLDEST_NODE_MAJOR} or later.`,
      )
    : ok('node', `This command runs on Node ${process.version}.`)
}

/** Its clock too: webhooks and tokens are refused where clocks are apart. */
async function reach(lupa: Lupa): Promise<Finding> {
  const beganMs = Date.now()
  const date = await lupa.request('GET', '/livez', { read: ({ headers }) => headers.get('date') })
  const tookMs = Date.now() - beganMs
  const found = `${lupa.url} answers in ${tookMs} ms.`
  const skewSeconds = date === null ? 0 : (Date.parse(date) - (beganMs + tookMs / 2)) / 1000
  if (Math.abs(skewSeconds) <= CLOCK_SKEW_SECONDS) return ok('gateway', found)
  return warning(
    'gateway',
    `${found} Its clock is ${Math.round(skewSeconds)} seconds off this machine's.`,
    'Set both by NTP: webhook signatures and tokens are refused when clocks are minutes apart.',
  )
}

/** Answers 503 when it is not ready, with the same report. */
async function readiness(lupa: Lupa): Promise<Finding[]> {
  const health = await lupa
    .request('GET', '/health', { read: (response) => response.json() as Promise<Health> })
    .catch((error: unknown) => {
      if (error instanceof ProblemError && 'checks' in error.problem)
        return error.problem as unknown as Health
      throw error
    })
  const { version, checks = {}, status } = health
  return [
    status === 'stopping'
      ? problem('version', `${version ?? '?'} is stopping.`, 'Ask another gateway, or start it again.')
      : ok('version', `${version ?? '?'}, ${health.uptime_seconds ?? '?'} s up`),
    ...Object.entries(checks).map(([name, { ok: isOk, latency_ms: ms, error }]) =>
      isOk
        ? ok(name.replace('_', ' '), `answers in ${ms} ms`)
        : problem(
            name.replace('_', ' '),
            error ?? 'does not answer',
            STORE_ADVICE[name] ?? "Look into the gateway's log.",
          ),
    ),
  ]
}

const STORE_ADVICE: Record<string, string> = {
  redis: 'Is Redis running, and does REDIS_URL lead to it? Nothing accepted is lost meanwhile.',
  job_store:
    'SQLite: may DATA_DIR be written, and has its disk room? Cosmos DB: COSMOS_ENDPOINT, its key, throttling.',
  image_store:
    'Folder: may DATA_DIR be written, and has its disk room? Blob Storage: the account URL, its rights.',
}

function workersOf({ workers }: Queue, url: string): Finding[] {
  if (workers.length === 0) {
    return [
      problem(
        'workers',
        'No worker is alive: jobs wait.',
        'Start one: `npm start`, or `docker compose up --scale worker=2`.',
      ),
    ]
  }
  const slots = workers.reduce((sum, worker) => sum + worker.slots, 0)
  const found = `${workers.length} alive, ${slots} ${slots === 1 ? 'slot' : 'slots'}`
  const isHere = /^https?:\/\/(localhost|127\.|\[::1\])/.test(url)
  const cores = availableParallelism()
  if (!isHere) return [ok('workers', found)]
  if (slots > cores) {
    return [
      warning(
        'workers',
        `${found} on ${cores} cores`,
        'Set WORKER_SLOTS so that all slots together are the cores at most.',
      ),
    ]
  }
  return [ok('workers', `${found} on ${cores} cores`)]
}

function modelsOf(models: Model[]): Finding[] {
  const served = models.filter(({ available }) => available)
  const broken = models
    .filter(({ available }) => !available)
    .map(({ name, version, failure }) =>
      warning(
        'models',
        `${name}@${version} cannot be served: ${failure ?? 'it is not said why'}`,
        'Look at it: lupa models check',
      ),
    )
  if (served.length === 0) {
    return [
      problem(
        'models',
        'No model can be served.',
        'Add one: lupa models add best.onnx --name my-model --version 1',
      ),
      ...broken,
    ]
  }
  const byDefault = served.find((model) => model.default)
  const list = served.map(({ name, version }) => `${name}@${version}`).join(', ')
  const warm = byDefault ? `; ${byDefault.name} is loaded by ${byDefault.warm_workers}` : ''
  return [
    byDefault
      ? ok('models', `${list}${warm}`)
      : problem('models', `The default model is not among ${list}.`, 'Set DEFAULT_MODEL to one of them.'),
    ...broken,
  ]
}

function moving({
  waiting,
  oldest_waiting_seconds: oldest,
  rate_per_second: rate,
  limit,
  taken,
}: Queue): Finding {
  const found = `${waiting} waiting${oldest === null ? '' : `, the oldest for ${Math.round(oldest)} s`}`
  if (oldest !== null && oldest > OLDEST_WAIT_SECONDS && !rate) {
    return problem(
      'queue',
      `${found}; none has ended in the last half minute.`,
      "Look into the workers' log: lupa jobs dead shows what failed.",
    )
  }
  if (taken > limit * 0.8) {
    return warning(
      'queue',
      `${found}; ${taken} of ${limit} places are taken.`,
      'More workers, or a higher QUEUE_LIMIT.',
    )
  }
  return ok('queue', found)
}

async function predictSample(lupa: Lupa): Promise<Finding> {
  const beganMs = performance.now()
  try {
    const job = await lupa.predict(distinct(sampleImage(), `${Date.now()}`), {
      name: 'lupa-doctor.png',
      tags: ['lupa-doctor'],
      retention_seconds: 60,
      timeoutMs: SAMPLE_TIMEOUT_MS,
    })
    const tookMs = Math.round(performance.now() - beganMs)
    return ok(
      'a sample',
      `${job.model.name}@${job.model.version} saw ${describePrediction(job)} in ${tookMs} ms`,
    )
  } catch (error) {
    if (!(error instanceof LupaError)) throw error
    return problem(
      'a sample',
      error.message,
      "The job's own log lines bear its id: look for it in the worker's log.",
    )
  }
}
