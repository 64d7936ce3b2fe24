import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { childrenOf } from './predictor/child-processes.ts'
import { aCorruptibleModel, KNOWN } from './predictor/corruptible-model.ts'
import { startWorkerFleet } from './worker-fleet.ts'

const CORRUPTIBLE = join(import.meta.dirname, 'corruptible-worker.ts')
// Many processes one after the other: on a busy machine that takes its time.
const PATIENCE = { timeout: 60_000, interval: 200 }

test('a worker process whose every child answers wrongly is not ready, and is again when one is right', async () => {
  await using stack = new AsyncDisposableStack()
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-wrong-worker-'))
  stack.defer(() => rmSync(directory, { recursive: true }))
  const model = await aCorruptibleModel(directory, KNOWN)
  const fleet = stack.use(await startWorkerFleet())
  const settings = { MODELS_DIR: directory, DEFAULT_MODEL: 'bottle', SELF_TEST_SECONDS: '1' }
  const worker = await fleet.startWorker(settings, CORRUPTIBLE)
  const port = worker.logged.find(({ msg }) => msg === 'worker takes jobs')?.probe_port
  const answer = async (path: string) => (await fetch(`http://127.0.0.1:${String(port)}${path}`)).status
  const told = (text: string) => worker.logged.filter(({ msg }) => msg.startsWith(text)).length
  expect(await answer('/readyz')).toBe(200)

  const mark = `${model.path}.damaged-from-the-start`
  writeFileSync(mark, '')
  const [child = -1] = childrenOf(worker.pid, 'corruptible-child.ts')
  process.kill(child, 'SIGUSR2')
  await expect.poll(() => told('no model process can be started that answers rightly'), PATIENCE).toBe(1)
  expect(told('Model bottle@1 is wrong about its own picture')).toBeGreaterThan(0)
  expect([await answer('/readyz'), await answer('/livez')]).toEqual([503, 200])

  rmSync(mark)
  await expect.poll(() => answer('/readyz'), PATIENCE).toBe(200)
  expect(childrenOf(worker.pid, 'corruptible-child.ts')).not.toContain(child)
}, 150_000)
