import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const BUILD = join(import.meta.dirname, '../../apps/console/build/main.ts')

/**
 * Builds the console if it is missing or stale, beside everything else: the gateway shows it once it is there.
 * Never rejects: without the console, the API is there all the same.
 */
export async function buildConsole({
  stopping,
  say,
}: {
  stopping: AbortSignal
  say: (text: string) => void
}): Promise<void> {
  if (stopping.aborted) return
  const child = spawn(process.execPath, [BUILD], {
    env: { ...process.env, LUPA_SUPERVISED: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  })
  const stop = () => child.kill('SIGTERM')
  stopping.addEventListener('abort', stop)
  const [code] = (await once(child, 'exit').catch(() => [1])) as [number | null]
  stopping.removeEventListener('abort', stop)
  if (code !== 0 && !stopping.aborted) {
    say('lupa: the console could not be built; all else works. To see why: npm run console')
  }
}
