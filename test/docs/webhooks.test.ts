import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGuardedAgent } from '@lupa/core/webhooks/guarded-agent'
import { postWebhook } from '@lupa/core/webhooks/post-webhook'
import { retryDelayMs } from '@lupa/core/webhooks/schedule'
import { makeSecret } from '@lupa/core/webhooks/sign'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../packages/core/test/services/redis-server.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const PAGE = readFileSync(join(ROOT, 'docs/webhooks.md'), 'utf8')

const UNIT_MS: Record<string, number> = { s: 1000, min: 60_000, h: 3_600_000 }

test('docs/webhooks.md shows the schedule that is kept', () => {
  const rows = [...PAGE.matchAll(/^\|\s*(\d+)\s*\|\s*(?:(\d+) (s|min|h)|at once)\s*\|$/gm)]
  expect(rows.map(([, number]) => Number(number))).toEqual(rows.map((_, at) => at + 1))
  const shownMs = rows
    .slice(1)
    .map(([, , amount, unit = '']) => Number(amount) * (UNIT_MS[unit] ?? Number.NaN))
  const keptMs = []
  for (let tryNumber = 1; ; tryNumber++) {
    const delayMs = retryDelayMs(tryNumber, 0.5)
    if (delayMs === undefined) break
    keptMs.push(delayMs)
  }
  expect(shownMs).toEqual(keptMs)
})

describe('the receivers of docs/webhooks.md take what is signed with their secret, and nothing else', () => {
  const AS_IT_SHOULD = { own: 204, ownBesideAnother: 204, anothers: 400 }

  test('in TypeScript', async () => {
    const args = ['--input-type=module-typescript', '--eval', snippet('ts')]
    // Where the library is among the dependencies.
    const cwd = join(ROOT, 'apps/gateway')
    expect(await answersOf(process.execPath, args, { cwd })).toEqual(AS_IT_SHOULD)
  })

  const hasPython = canRun('python3', ['-c', 'import standardwebhooks'])
  test.skipIf(!hasPython)('in Python', async () => {
    expect(await answersOf('python3', ['-c', snippet('python')])).toEqual(AS_IT_SHOULD)
  })

  const goDirectory = mkdtempSync(join(tmpdir(), 'lupa-test-go-'))
  afterAll(() => rmSync(goDirectory, { recursive: true }))
  const go = { cwd: goDirectory, env: goEnvironment() }
  test.skipIf(!hasGoLibrary(go))('in Go', { timeout: 120_000 }, async () => {
    expect(canRun('go', ['build', '-o', 'receiver'], go)).toBe(true)
    expect(await answersOf(join(goDirectory, 'receiver'), [])).toEqual(AS_IT_SHOULD)
  })
})

/** Runs a receiver, and resolves to what it answers to webhooks by who signed them. */
async function answersOf(command: string, args: string[], options: { cwd?: string } = {}) {
  const [secret, port] = [makeSecret(), await freePort()]
  const env = { ...process.env, LUPA_WEBHOOK_SECRET: secret, PORT: `${port}` }
  const receiver = spawn(command, args, { ...options, env, stdio: ['ignore', 'ignore', 'inherit'] })
  onTestFinished(() => void receiver.kill('SIGKILL'))
  await untilListening(port, receiver)

  const dispatcher = createGuardedAgent({ allow: [], allowLoopback: true })
  onTestFinished(() => dispatcher.destroy())
  const url = `http://127.0.0.1:${port}/`
  const body = JSON.stringify({ type: 'webhook.test', data: { image_name: 'ação 🍾.jpg' } })
  const post = async (secrets: string[]) =>
    (await postWebhook({ url, id: 'one-event', body, secrets }, { dispatcher })).status
  return {
    own: await post([secret]),
    ownBesideAnother: await post([makeSecret(), secret]),
    anothers: await post([makeSecret()]),
  }
}

async function untilListening(port: number, receiver: ChildProcess): Promise<void> {
  await expect
    .poll(
      () => {
        if (receiver.exitCode !== null) throw new Error(`the receiver ended with ${receiver.exitCode}`)
        return isListening(port)
      },
      { timeout: 15_000, interval: 50 },
    )
    .toBe(true)
}

function isListening(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}

function snippet(language: string): string {
  const [, code] = new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, 's').exec(PAGE) ?? []
  if (!code) throw new Error(`docs/webhooks.md shows nothing in ${language}`)
  return code
}

function canRun(command: string, args: string[], options: object = {}): boolean {
  return spawnSync(command, args, { stdio: 'ignore', ...options }).status === 0
}

/** Only what Go has in its own cache of modules. */
function goEnvironment(): NodeJS.ProcessEnv {
  const cache = spawnSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8' }).stdout?.trim() ?? ''
  const offline = { GOPROXY: `file://${cache}/cache/download`, GOSUMDB: 'off', GOTOOLCHAIN: 'local' }
  return { ...process.env, ...offline, GOFLAGS: '-mod=mod' }
}

function hasGoLibrary(go: { cwd: string; env: NodeJS.ProcessEnv }): boolean {
  writeFileSync(join(go.cwd, 'main.go'), snippet('go'))
  return canRun('go', ['mod', 'init', 'receiver'], go) && canRun('go', ['mod', 'tidy'], go)
}
