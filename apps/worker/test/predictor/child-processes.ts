import { execFileSync, spawnSync } from 'node:child_process'

/** The ids of the processes that a process has started and that still live. */
export function childrenOf(pid: number, program = 'child'): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => {
    const [, child = '', parent = '', state = '', args = ''] =
      /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    return Number(parent) === pid && !state.startsWith('Z') && args.includes(program) ? [Number(child)] : []
  })
}

/** A process that has ended but was not yet collected by its parent does not count. */
export function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-p', String(pid), '-o', 'stat='], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z')
}
