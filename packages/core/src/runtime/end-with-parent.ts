/**
 * Ends this process when the process that started it is gone: first as SIGTERM would, after the
 * deadline at once, with everything it started.
 *
 * The parent asks for it: by LUPA_SUPERVISED=1, by an IPC channel, which closes however the parent
 * dies, and by starting this process as the leader of a process group (`detached`).
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

function endAtOnce(): void {
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    process.exit(1)
  }
}
