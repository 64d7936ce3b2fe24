import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CommandError } from '../command-error.ts'

export interface PythonEnvironment {
  /** Path of the interpreter that has what quantizing needs. */
  python: string
}

const REQUIREMENTS = resolve(import.meta.dirname, '../../python/requirements.txt')
/** Written last: an environment without it is half made. */
const STAMP = 'lupa-ready'
const OLDEST_PYTHON = 9
const CANDIDATES = ['python3', 'python']

/** An environment of our own with the packages of `requirements.txt`, made at its first use if it may be. */
export async function openPythonEnvironment(
  toolsDirectory: string,
  {
    note,
    asked,
    mayInstall = true,
  }: { note: (text: string) => void; asked: string | undefined; mayInstall?: boolean },
): Promise<PythonEnvironment> {
  const requirements = await readFile(REQUIREMENTS, 'utf8')
  const pins = createHash('sha256').update(requirements).digest('hex').slice(0, 12)
  const directory = join(toolsDirectory, `quantize-${pins}`)
  const python = pythonIn(directory)
  if (existsSync(join(directory, STAMP)) && (await run(python, ['--version'])).code === 0) return { python }

  if (!mayInstall) throw new CommandError(`${directory} is missing.`)
  const system = await findPython(asked)
  note(`Installing onnx and onnxruntime for Python into ${directory}, once; this takes a minute or two …`)
  await rm(directory, { recursive: true, force: true })
  await mkdir(toolsDirectory, { recursive: true })
  const made = await run(system, ['-m', 'venv', directory])
  if (made.code !== 0) {
    await rm(directory, { recursive: true, force: true })
    throw new CommandError(
      `${system} cannot make a virtual environment. ${installHint('python3-venv')}\n${made.output.trim()}`,
    )
  }
  const installed = await run(python, [
    '-m',
    'pip',
    'install',
    '--disable-pip-version-check',
    '--no-input',
    '--only-binary=:all:',
    `--requirement=${REQUIREMENTS}`,
  ])
  if (installed.code !== 0) {
    await rm(directory, { recursive: true, force: true })
    throw new CommandError(
      `pip could not install what quantizing needs; its output says why. Check the connection to the package index, then try again.\n${installed.output.trim()}`,
    )
  }
  await writeFile(join(directory, `${STAMP}.new`), requirements)
  await rename(join(directory, `${STAMP}.new`), join(directory, STAMP))
  return { python }
}

/** A Python new enough on this machine, or a sentence that says what to type. */
async function findPython(asked: string | undefined): Promise<string> {
  const found: string[] = []
  for (const candidate of asked ? [asked] : CANDIDATES) {
    const { code, output } = await run(candidate, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'])
    const [major = 0, minor = 0] = output.trim().split('.').map(Number)
    if (code === 0 && major === 3 && minor >= OLDEST_PYTHON) return candidate
    if (code === 0) found.push(`${candidate} is ${output.trim()}`)
  }
  const seen = found.length > 0 ? found.join(', ') : `there is no ${asked ?? CANDIDATES.join(' or ')} here`
  throw new CommandError(
    `Quantizing needs Python 3.${OLDEST_PYTHON} or later, and ${seen}. ${installHint('python3 python3-venv')} Or name one: LUPA_PYTHON=/path/to/python3.`,
  )
}

function installHint(packages: string): string {
  if (process.platform === 'darwin') return 'Install Python: brew install python'
  return `Install it: sudo apt-get install ${packages}`
}

function pythonIn(directory: string): string {
  return process.platform === 'win32'
    ? join(directory, 'Scripts', 'python.exe')
    : join(directory, 'bin', 'python')
}

async function run(command: string, args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = await (once(child, 'close') as Promise<[number | null]>).catch((): [number] => [127])
  return { code: code ?? 1, output }
}
