import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endWithParent } from '@lupa/core/runtime/end-with-parent'
import { lockDataDirectory } from '../../scripts/cluster/data-directory-lock.ts'
import { prepareEmbeddedRedis } from '../../scripts/cluster/embedded-redis.ts'
import { findRedisServer } from '../../scripts/cluster/redis-binary.ts'
import { say } from '../../scripts/cluster/say.ts'
import { hearStopSignals } from '../../scripts/cluster/stop-signals.ts'
import { supervise } from '../../scripts/cluster/supervisor.ts'
import { appEvents } from './launcher-run.ts'

// node stand-in-launcher.ts <folder> <drainMs>: as scripts/start.ts, with one stand-in app in place of
// gateway and workers. Prints `ready` when it is.

const [dataDirectory = '.', drainMs = '0'] = process.argv.slice(2)
const { stopping, killing } = hearStopSignals()
endWithParent()

using _lock = lockDataDirectory(dataDirectory, { pid: process.pid, url: 'http://localhost:5000' })
const redis = await prepareEmbeddedRedis(
  await findRedisServer({
    toolsDirectory: join(dataDirectory, 'tools'),
    choice: process.env.LUPA_REDIS_SERVER,
    say,
    stopping,
  }),
  { dataDirectory, notPort: 5000 },
)
const app = {
  name: 'app',
  command: process.execPath,
  args: [join(import.meta.dirname, 'stand-in-app.ts'), dataDirectory, drainMs],
  async ready(notWaiting: AbortSignal) {
    while (!notWaiting.aborted && appEvents(dataDirectory, 'started').length === 0) await sleep(20)
  },
}
await supervise([redis.children, [app]], {
  stopping,
  killing,
  drainMs: 30_000,
  say,
  onReady: () => say('ready'),
}).catch((error: unknown) => {
  say(String(error))
  process.exitCode = 1
})
