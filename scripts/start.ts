import { join } from 'node:path'
import { endWithParent } from '@lupa/core/runtime/end-with-parent'
import { SettingsError } from '@lupa/core/runtime/env'
import { buildConsole } from './cluster/build-console.ts'
import { childEnvironment, gatewayChild, workerChildren } from './cluster/cluster-plan.ts'
import { lockDataDirectory } from './cluster/data-directory-lock.ts'
import { prepareEmbeddedRedis } from './cluster/embedded-redis.ts'
import { LauncherError } from './cluster/launcher-error.ts'
import { type LauncherConfig, readLauncherConfig, urlOf } from './cluster/launcher-settings.ts'
import { assertPortsFree } from './cluster/ports.ts'
import { findRedisServer } from './cluster/redis-binary.ts'
import { say } from './cluster/say.ts'
import { hearStopSignals } from './cluster/stop-signals.ts'
import { supervise } from './cluster/supervisor.ts'
import { asksForHelp, usage } from './cluster/usage.ts'
import { welcome } from './cluster/welcome.ts'

// Runs the whole of Lupa on this machine: Redis, the gateway and the workers, kept alive until Ctrl-C.

const DRAIN_MS = 30_000
/** After a crash the children of the run before may take this long to notice and to leave. */
const LEFTOVERS_MS = 8_000

const { stopping, killing } = hearStopSignals()
endWithParent({ deadlineMs: DRAIN_MS + 5_000 })
try {
  if (asksForHelp(process.argv.slice(2))) process.stdout.write(usage())
  else await start(readLauncherConfig())
} catch (error) {
  if (!(error instanceof LauncherError || error instanceof SettingsError)) throw error
  if (!stopping.aborted) {
    process.stderr.write(`\n${error.message}\n`)
    process.exitCode = 1
  }
}

async function start(config: LauncherConfig): Promise<void> {
  using lock = lockDataDirectory(config.dataDirectory, { pid: process.pid, url: urlOf(config) })
  await assertPortsFree(config, { waitMs: lock.afterCrash ? LEFTOVERS_MS : 0 })

  const leaving = new AbortController()
  const building = buildConsole({ stopping: leaving.signal, say })
  try {
    const redis = config.redisUrl ? { url: config.redisUrl, children: [] } : await embeddedRedis(config)
    const env = childEnvironment(config, redis.url)
    await supervise([redis.children, [gatewayChild(env, config), ...workerChildren(env, config)]], {
      stopping,
      killing,
      drainMs: DRAIN_MS,
      say,
      onReady: () => say(welcome(config)),
    })
  } finally {
    leaving.abort()
    await building
  }
}

async function embeddedRedis({ dataDirectory, port }: LauncherConfig) {
  const server = await findRedisServer({
    toolsDirectory: join(dataDirectory, 'tools'),
    choice: process.env.LUPA_REDIS_SERVER,
    say,
    stopping,
  })
  return prepareEmbeddedRedis(server, { dataDirectory, notPort: port })
}
