import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { LauncherError } from './launcher-error.ts'

/** Who runs on a data folder. */
export interface Run {
  pid: number
  url: string
}

export interface DataDirectoryLock extends Disposable {
  /** Whether the run before ended without cleaning up, so that some of it may still be ending. */
  afterCrash: boolean
}

const SQLITE_BUSY = 5

/**
 * Makes this process the only launcher on the data folder, or throws a LauncherError that names the
 * one that is. The operating system holds the lock (SQLite's, on an empty database) and drops it with
 * the process, however that dies: there is no stale lock, and no pid that could be somebody else's.
 */
export function lockDataDirectory(directory: string, run: Run): DataDirectoryLock {
  const runFile = join(directory, 'launcher.json')
  const lock = takeLock(directory, runFile)
  const afterCrash = readRun(runFile) !== undefined
  writeFileSync(runFile, JSON.stringify(run))
  return {
    afterCrash,
    [Symbol.dispose]() {
      rmSync(runFile, { force: true })
      lock.close()
    },
  }
}

function takeLock(directory: string, runFile: string): DatabaseSync {
  try {
    mkdirSync(directory, { recursive: true })
    const lock = new DatabaseSync(join(directory, 'launcher.lock'))
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      throw alreadyRunning(directory, readRun(runFile))
    }
    const reason = error instanceof Error ? error.message : String(error)
    throw new LauncherError(`DATA_DIR=${directory} cannot be written: ${reason}. Choose a folder of yours.`, {
      cause: error,
    })
  }
}

function alreadyRunning(directory: string, run: Run | undefined): LauncherError {
  const who = run ? `as process ${run.pid}, at ${run.url}` : 'and is just starting or ending'
  return new LauncherError(
    `Lupa is already running on ${directory}, ${who}.\n` +
      'End that one with Ctrl-C, or run a second one beside it with data and a port of its own:\n' +
      '  DATA_DIR=./.lupa-2 PORT=5001 npm start',
  )
}

function readRun(file: string): Run | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Run
  } catch {
    return undefined
  }
}
