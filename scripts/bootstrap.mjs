// `npm start` and `npm test` on a machine that has Node 20 or later and npm, and nothing else: installs
// what the task needs, then hands over to the Node that was installed. Plain JavaScript for any Node.

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PNPM = 'pnpm@12.21.0'
/** How often to look whether the npm that started this process is still there. */
const PARENT_POLL_MS = 200
const OLDEST_NODE_MAJOR = 20
/** The oldest Node that runs the TypeScript sources, should the one from npm not run here. */
const TYPESCRIPT_NODE_MAJOR = 24

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const MODULES = join(ROOT, 'node_modules')
const STAMP = join(MODULES, '.lupa-installed.json')
/** Holds the id of the process that installs. */
const LOCK = join(ROOT, '.lupa', 'install.lock')
const LONGEST_INSTALL_MS = 15 * 60_000
const TASKS = {
  start: { script: 'scripts/start.ts', needsEverything: false },
  test: { script: 'scripts/test.ts', needsEverything: true },
}

const [taskName, ...args] = process.argv.slice(2)
const task = TASKS[taskName]
if (nodeMajor() < OLDEST_NODE_MAJOR) {
  fail(`Lupa needs Node ${OLDEST_NODE_MAJOR} or later, and this is ${process.version}: https://nodejs.org`)
} else if (!task) {
  fail(`Usage: node scripts/bootstrap.mjs ${Object.keys(TASKS).join('|')} [arguments]`)
} else {
  main().catch((error) => fail(error.stack))
}

async function main() {
  if (!(await install(task.needsEverything || hasDevelopmentPackages()))) return
  const node = findNode()
  if (node) handOver(node)
}

/** Whether someone installed everything: then taking parts of it away again would be no service. */
function hasDevelopmentPackages() {
  const record = join(MODULES, '.modules.yaml')
  return existsSync(record) && /"devDependencies":\s*true/.test(readFileSync(record, 'utf8'))
}

async function install(everything) {
  const wanted = { lockfile: hashOfDependencies(), everything }
  if (isInstalled(wanted)) return true
  await takeTurn()
  try {
    return isInstalled(wanted) || (await installNow(wanted))
  } finally {
    rmSync(LOCK, { force: true })
  }
}

async function installNow(wanted) {
  const { everything } = wanted
  const which = everything ? 'all dependencies' : 'what is needed to run'
  process.stdout.write(`lupa: installing ${which} with ${PNPM}; the first time takes minutes …\n`)
  rmSync(STAMP, { force: true })
  const { node } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).dependencies
  const command = ['--yes', PNPM, 'install', '--frozen-lockfile', '--config.confirmModulesPurge=false']
  // Packages will run on the Node being installed: whether they suit this one does not matter.
  command.push(`--config.nodeVersion=${node}`)
  if (!everything) command.push('--prod')
  const { code, output } = await run('npx', command)
  if (code === 0) {
    writeFileSync(STAMP, JSON.stringify(wanted))
    return true
  }
  process.stderr.write(output)
  fail(
    [
      `The installation failed (exit code ${code}); the output above says why. What usually helps:`,
      '  - check the connection to the registry:  npm ping',
      '  - start afresh:                          rm -rf node_modules, then the same command again',
      `  - see it at work:                        npx ${command.join(' ')}`,
    ].join('\n'),
  )
  return false
}

function isInstalled({ lockfile, everything }) {
  try {
    const stamp = JSON.parse(readFileSync(STAMP, 'utf8'))
    return stamp.lockfile === lockfile && (stamp.everything || !everything)
  } catch {
    return false
  }
}

/** Two installations at once would undo each other's work: the second waits for the first. */
async function takeTurn() {
  mkdirSync(join(ROOT, '.lupa'), { recursive: true })
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = installerAtWork()
    if (!holder) rmSync(LOCK, { force: true })
    else if (!waited)
      process.stdout.write(`lupa: waiting for process ${holder}, which is installing here …\n`)
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}

/** The process that holds the turn, unless it is gone (or its id was given to another, much later). */
function installerAtWork() {
  try {
    const pid = Number(readFileSync(LOCK, 'utf8'))
    process.kill(pid, 0)
    return Date.now() - statSync(LOCK).mtimeMs < LONGEST_INSTALL_MS ? pid : undefined
  } catch {
    return undefined
  }
}

/** Changes whenever an installation would. */
function hashOfDependencies() {
  const hash = createHash('sha256').update(PNPM)
  const folders = ['apps', 'packages'].flatMap((parent) =>
    readdirSync(join(ROOT, parent)).map((name) => join(parent, name)),
  )
  const manifests = ['.', ...folders].map((folder) => join(folder, 'package.json'))
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]) {
    if (existsSync(join(ROOT, file))) hash.update(file).update(readFileSync(join(ROOT, file)))
  }
  return hash.digest('hex')
}

/** Shows the command's progress on a terminal; elsewhere keeps its output for when it fails. */
function run(command, commandArgs) {
  const onTerminal = process.stdout.isTTY === true
  const child = spawn(command, commandArgs, {
    cwd: ROOT,
    stdio: onTerminal ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
    detached: process.platform !== 'win32',
  })
  // It goes on should this process be killed.
  if (child.pid) writeFileSync(LOCK, String(child.pid))
  const output = []
  if (!onTerminal) {
    child.stdout.on('data', (chunk) => output.push(chunk))
    child.stderr.on('data', (chunk) => output.push(chunk))
  }
  const release = whenToldToStop(() => {
    killGroup(child)
    process.exit(130)
  })
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 127, output: `${error.message}\n` }))
    child.once('close', (code) => resolve({ code, output: Buffer.concat(output) }))
  }).finally(release)
}

/** The Node that the lockfile names; else, where that binary cannot run, this one if it is new enough. */
function findNode() {
  const installed = join(MODULES, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (spawnSync(installed, ['--version']).status === 0) return installed
  if (nodeMajor() >= TYPESCRIPT_NODE_MAJOR) {
    // npm puts this folder first on the PATH of its scripts: the next one must find a Node that runs.
    rmSync(join(MODULES, '.bin', 'node'), { force: true })
    return process.execPath
  }
  rmSync(STAMP, { force: true })
  fail(
    [
      `${installed} does not run on this machine (it is made for glibc-based Linux, macOS and Windows).`,
      'Try `rm -rf node_modules` and the same command again, or install Node 24 or later: https://nodejs.org',
    ].join('\n'),
  )
  return undefined
}

/** Runs the task's script, passes signals on to it, and ends as it ends. */
function handOver(node) {
  const child = spawn(node, [join(ROOT, task.script), ...args], {
    cwd: ROOT,
    env: { ...process.env, LUPA_SUPERVISED: '1' },
    // The channel closes with this process, however it dies: that is how the script notices.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  whenToldToStop((signal) => child.kill(signal))
  child.once('error', (error) => fail(`${node} cannot be run: ${error.message}`))
  child.once('exit', (code, signal) => process.exit(signal ? 1 : code))
}

/** Calls back on every signal to stop, and when the npm that started this process is gone. */
function whenToldToStop(stop) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, stop)
  const before = npmAbove()
  const watch = setInterval(() => {
    if (npmAbove() === before) return
    clearInterval(watch)
    stop('SIGTERM')
  }, PARENT_POLL_MS)
  // Without npm, the parent is a shell, which may leave a service running behind it (nohup).
  if (!process.env.npm_lifecycle_event) clearInterval(watch)
  return () => {
    clearInterval(watch)
    for (const signal of signals) process.off(signal, stop)
  }
}

/** The processes between npm and this one, npm included: npm runs scripts through a shell, which stays on Linux. */
function npmAbove() {
  try {
    const shell = readFileSync(`/proc/${process.ppid}/cmdline`, 'utf8').includes('bootstrap.mjs')
    const status = shell ? readFileSync(`/proc/${process.ppid}/status`, 'utf8') : ''
    return `${process.ppid} ${/^PPid:.*$/m.exec(status)?.[0] ?? ''}`
  } catch {
    return `${process.ppid} `
  }
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGTERM')
  } catch {
    child.kill('SIGTERM')
  }
}

function nodeMajor() {
  return Number(process.versions.node.split('.')[0])
}

function fail(message) {
  process.stderr.write(`\n${message}\n`)
  process.exitCode = 1
}
