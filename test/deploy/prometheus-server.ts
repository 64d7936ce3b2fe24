import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../packages/core/test/services/redis-server.ts'

export const PROMETHEUS_FOLDER = resolve(import.meta.dirname, '../../deploy/prometheus')

export const hasPrometheus = ['prometheus', 'promtool'].every(
  (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0,
)

export interface Series {
  metric: Record<string, string>
  value: [number, string]
}

/** A real Prometheus with the configuration of this repository, in a hurry and with other targets. */
export interface PrometheusServer extends AsyncDisposable {
  /** What an expression is now. Rejects when it cannot be parsed. */
  query(expression: string): Promise<Series[]>
  rules(): Promise<Rule[]>
}

export interface Rule {
  type: 'recording' | 'alerting'
  name: string
  query: string
  health: 'ok' | 'unknown' | 'err'
  lastError?: string
}

/** @param targets by the target in the configuration */
export async function startPrometheus(targets: Record<string, string>): Promise<PrometheusServer> {
  const directory = mkdtempSync(join(tmpdir(), 'lupa-prometheus-'))
  const port = await freePort()
  let config = readFileSync(join(PROMETHEUS_FOLDER, 'prometheus.yml'), 'utf8')
    .replaceAll('_interval: 15s', '_interval: 1s')
    .replace('rules/*.yml', join(PROMETHEUS_FOLDER, 'rules', '*.yml'))
  for (const [shown, target] of Object.entries(targets)) config = config.replace(shown, target)
  const file = join(directory, 'prometheus.yml')
  writeFileSync(file, config)
  const args = [`--config.file=${file}`, `--storage.tsdb.path=${join(directory, 'data')}`]
  const child = spawn('prometheus', [...args, `--web.listen-address=127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (chunk) => (log += chunk))

  async function ask<T>(path: string): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    const { data, error } = (await response.json()) as { data: T; error?: string }
    if (error) throw new Error(error)
    return data
  }

  const server: PrometheusServer = {
    async query(expression) {
      const { result } = await ask<{ result: Series[] }>(
        `/api/v1/query?query=${encodeURIComponent(expression)}`,
      )
      return result
    },
    async rules() {
      const { groups } = await ask<{ groups: { rules: Rule[] }[] }>('/api/v1/rules')
      return groups.flatMap(({ rules }) => rules)
    },
    async [Symbol.asyncDispose]() {
      await end(child)
      rmSync(directory, { recursive: true, force: true })
    },
  }
  const deadline = Date.now() + 30_000
  while (!(await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => undefined))?.ok) {
    if (child.exitCode === null && Date.now() < deadline) {
      await sleep(50)
      continue
    }
    await server[Symbol.asyncDispose]()
    throw new Error(`Prometheus did not start:\n${log}`)
  }
  return server
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const { promise, resolve: ended } = Promise.withResolvers<void>()
  child.once('exit', () => ended())
  child.kill('SIGTERM')
  await promise
}
