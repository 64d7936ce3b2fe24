import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { ROOT } from '../checks/run-check.ts'

/** One cluster of containers, apart from all others on this machine by its project name. */
export interface Compose {
  /** Runs `compose ARGS`; rejects with what it printed when it fails. */
  run(...args: string[]): Promise<string>
  /** Ids of the running containers of a service. */
  containers(service: string): Promise<string[]>
}

/** `docker compose`, or the older `docker-compose`; undefined where there is no Docker engine or neither of them. */
export async function findCompose(project: string, envFile: string): Promise<Compose | undefined> {
  if (!(await succeeds(['docker', 'info']))) return undefined
  for (const command of [['docker', 'compose'], ['docker-compose']]) {
    if (await succeeds([...command, 'version'])) return openCompose(command, project, envFile)
  }
  return undefined
}

function openCompose(command: string[], project: string, envFile: string): Compose {
  const run = (...args: string[]) =>
    runCommand([...command, '--project-name', project, '--env-file', envFile, ...args])
  return {
    run,
    async containers(service) {
      const filters = [
        `label=com.docker.compose.project=${project}`,
        `label=com.docker.compose.service=${service}`,
      ]
      const printed = await docker('ps', '--quiet', ...filters.flatMap((filter) => ['--filter', filter]))
      return printed.split('\n').filter(Boolean)
    },
  }
}

export function docker(...args: string[]): Promise<string> {
  return runCommand(['docker', ...args])
}

/** Resolves to what it printed on standard output. */
async function runCommand([command = '', ...args]: string[]): Promise<string> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  const [printed, complaints] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  if (child.exitCode === 0) return printed.trim()
  const end = complaints.trim().split('\n').slice(-15).join('\n')
  throw new Error(`\`${command} ${args.join(' ')}\` failed (${child.exitCode}):\n${end}`)
}

async function succeeds(command: string[]): Promise<boolean> {
  return runCommand(command).then(
    () => true,
    () => false,
  )
}
