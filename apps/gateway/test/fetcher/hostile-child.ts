import { setTimeout as sleep } from 'node:timers/promises'
import { runFetchChild } from '../../src/fetcher/run-fetch-child.ts'

/** What happens when a host of this name is looked for; all others are this machine. */
const DEEDS: Record<string, () => unknown> = {
  'crash.localhost': () => process.abort(),
  'exit.localhost': () => process.exit(0),
  'hang.localhost': () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  'grow.localhost': async () => {
    for (const kept: Buffer[] = []; ; await sleep(5)) kept.push(Buffer.alloc(16 * 1024 * 1024, 1))
  },
}

runFetchChild({
  agent: {
    lookup(host, _options, callback) {
      const deed = DEEDS[host]
      if (deed) deed()
      else callback(null, [{ address: '127.0.0.1', family: 4 }])
    },
  },
})
