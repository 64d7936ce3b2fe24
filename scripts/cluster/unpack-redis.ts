import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { LauncherError } from './launcher-error.ts'

const run = promisify(execFile)

const SYSTEM_STATUS_FILE = '/var/lib/dpkg/status'
/** Debian has one or both, by its age. */
const PACKAGES = ['redis-server', 'valkey-server']
/** Counted as missing even where they are installed, so that they are always fetched. */
const OWN_PACKAGES = /^Package: (redis|valkey)(-server|-tools)?$/m

/**
 * Fetches Debian's or Ubuntu's package, with the libraries that this system lacks, and unpacks it
 * into `<toolsDirectory>/redis`, where `run-redis` starts it. Needs no root, installs nothing and
 * starts no service: apt keeps its lists, its cache and its idea of what is installed in a folder of
 * ours.
 */
export async function unpackRedis(options: {
  toolsDirectory: string
  say: (text: string) => void
  stopping: AbortSignal
}): Promise<void> {
  const { toolsDirectory, say, stopping } = options
  say('lupa: Redis is not installed. Fetching its package into the data folder; nothing is installed.')
  const work = join(toolsDirectory, 'redis.partial')
  await rm(work, { recursive: true, force: true })
  try {
    const apt = await prepareApt(join(work, 'apt'), stopping)
    await runApt(apt, 'update')
    await downloadPackage(apt)
    const root = join(work, 'root')
    for (const archive of await archivesOf(apt)) await run('dpkg-deb', ['-x', archive, root])
    await writeRunner(root)
    await rm(join(toolsDirectory, 'redis'), { recursive: true, force: true })
    await rename(root, join(toolsDirectory, 'redis'))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

interface Apt {
  directory: string
  options: string[]
  stopping: AbortSignal
}

async function prepareApt(directory: string, stopping: AbortSignal): Promise<Apt> {
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'log']) {
    await mkdir(join(directory, folder), { recursive: true })
  }
  const status = join(directory, 'status')
  const installed = (await readFile(SYSTEM_STATUS_FILE, 'utf8')).split('\n\n')
  await writeFile(status, installed.filter((entry) => !OWN_PACKAGES.test(entry)).join('\n\n'))
  const settings = {
    'Dir::State': join(directory, 'state'),
    'Dir::State::status': status,
    'Dir::Cache': join(directory, 'cache'),
    'Dir::Log': join(directory, 'log'),
    // As root, apt would fetch as a user who may not write here.
    'APT::Sandbox::User': '',
    // The lock it means guards the system's own state, which is not touched.
    'Debug::NoLocking': 'true',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  return { directory, options, stopping }
}

async function downloadPackage(apt: Apt): Promise<void> {
  const failures: string[] = []
  for (const name of PACKAGES) {
    try {
      await runApt(apt, 'install', '--yes', '--download-only', '--no-install-recommends', name)
      return
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new LauncherError(failures.join('\n'))
}

async function runApt({ options, stopping }: Apt, ...command: string[]): Promise<void> {
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }
  try {
    await run('apt-get', ['-q', ...options, ...command], { env, signal: stopping })
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    throw new LauncherError(`\`apt-get ${command.join(' ')}\` failed: ${stderr}`, { cause: error })
  }
}

async function archivesOf({ directory }: Apt): Promise<string[]> {
  const folder = join(directory, 'cache', 'archives')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.deb'))
  return names.map((name) => join(folder, name))
}

/** A script that starts the unpacked server with the libraries that came along. */
async function writeRunner(root: string): Promise<void> {
  const files = await readdir(root, { recursive: true })
  const server = files.find((file) => /(^|\/)bin\/(redis|valkey)-server$/.test(file))
  if (!server) throw new LauncherError('The package that apt fetched holds no redis-server.')
  const folders = new Set(files.filter((file) => /\.so(\.\d+)*$/.test(file)).map((file) => dirname(file)))
  const libraries = [...folders].map((folder) => `$here/${folder}`).join(':')
  const script = [
    '#!/bin/sh',
    'here=$(cd "$(dirname "$0")" && pwd)',
    ...(libraries ? [`export LD_LIBRARY_PATH="${libraries}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`] : []),
    `exec "$here/${server}" "$@"`,
    '',
  ]
  await writeFile(join(root, 'run-redis'), script.join('\n'), { mode: 0o755 })
}
