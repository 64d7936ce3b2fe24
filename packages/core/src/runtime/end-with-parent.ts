import type { IOType, StdioOptions } from 'node:child_process'

/**
 * Ends this process when the process that started it is gone: first as SIGTERM would, after the
 * deadline at once, with everything it started.
 *
 * The parent asks for it by starting this process as `endingWithThis` says.
 */
export function endWithParent({ deadlineMs = 3_000 }: { deadlineMs?: number } = {}): void {
  if (process.env.LUPA_SUPERVISED !== '1') return
  // What this process starts has this process as its parent, and no such channel to the one above.
  delete process.env.LUPA_SUPERVISED

  const end = () => {
    setTimeout(endAtOnce, deadlineMs).unref()
    process.kill(process.pid, 'SIGTERM')
  }
  if (!process.connected) return end()
  process.once('disconnect', end)
  process.channel?.unref()
}

/**
 * How to spawn a process that calls `endWithParent`: with LUPA_SUPERVISED=1, with an IPC channel, which closes
 * however this process dies, and as the leader of a process group.
 */
export function endingWithThis(env: NodeJS.ProcessEnv, [stdout, stderr]: [IOType, IOType]) {
  return {
    env: { ...env, LUPA_SUPERVISED: '1' },
    stdio: ['ignore', stdout, stderr, 'ipc'] as StdioOptions,
    detached: true,
  }
}

function endAtOnce(): void {
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    process.exit(1)
  }
}
