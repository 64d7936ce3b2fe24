import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { isAlive } from '../launcher/launcher-run.ts'

test.each(['SIGKILL', 'SIGTERM', 'SIGHUP'] as const)(
  'what a test or a benchmark started ends when that is killed by %s',
  async (signal) => {
    const holder = spawn(process.execPath, [join(import.meta.dirname, 'lupa-holder.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(createInterface(holder.stdout), 'line')
    const { dataDirectory, pids } = JSON.parse(String(line)) as { dataDirectory: string; pids: number[] }
    try {
      // Launcher, Redis and its guard, gateway, worker and its child at least.
      expect(pids.length).toBeGreaterThan(4)
      expect(pids.every(isAlive)).toBe(true)
      holder.kill(signal)
      await expect.poll(() => pids.filter(isAlive), { timeout: 60_000, interval: 200 }).toEqual([])
    } finally {
      rmSync(dataDirectory, { recursive: true, force: true })
    }
  },
  240_000,
)
