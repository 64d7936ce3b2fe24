import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readGatewayConfig } from '../../apps/gateway/src/config.ts'
import { readWorkerConfig } from '../../apps/worker/src/config.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** These build images and start a dozen containers, which takes minutes. */
const SMOKE = process.env.LUPA_TEST_COMPOSE === '1'

interface Service {
  environment?: Record<string, string>
  profiles?: string[]
  read_only?: boolean
  cap_drop?: string[]
  cap_add?: string[]
  security_opt?: string[]
  mem_limit?: string
  pids_limit?: number
  ports?: string[]
  networks?: string[] | Record<string, unknown>
  volumes?: string[]
  init?: boolean
}

const compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Record<string, Service>
  networks: Record<string, { internal?: boolean } | null>
}
const services = Object.entries(compose.services)

describe('docker-compose.yml', () => {
  test('signed URLs lead where clients can go: not to the store behind', () => {
    expect(compose.services.gateway?.environment).toMatchObject({ SIGNED_URLS: 'gateway' })
  })

  // Bar S17. The one exception is somebody else's, and says so in the file.
  test.each(services.filter(([name]) => name !== 'cosmos'))(
    '%s may do no more than it must',
    (name, service) => {
      expect(service).toMatchObject({
        read_only: true,
        init: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        mem_limit: expect.any(String),
        pids_limit: expect.any(Number),
      })
      expect(service.cap_add ?? []).toEqual(name === 'balancer' ? ['NET_BIND_SERVICE'] : [])
    },
  )

  test('nothing is reached from other machines', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports)
    expect(published.length).toBeGreaterThan(0)
    expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
  })

  test('Redis and the stores are in a network that leads nowhere', () => {
    expect(compose.networks.backend).toEqual({ internal: true })
    for (const name of ['redis', 'azurite', 'cosmos', 'cosmos-stand-in']) {
      const { networks = [] } = compose.services[name] ?? {}
      expect(Array.isArray(networks) ? networks : Object.keys(networks)).toEqual(['backend'])
    }
  })

  test.each(['emulators', 'stand-ins', 'embedded-store'])(
    'with %s the apps take their settings',
    (choice) => {
      const env = environmentOf(choice)
      const settingsOf = (name: string) => substituted(compose.services[name]?.environment ?? {}, env)
      const gateway = readGatewayConfig(settingsOf('gateway'))
      const isEmbedded = choice === 'embedded-store'
      expect(gateway.jobStore.provider).toBe(isEmbedded ? 'sqlite' : 'cosmos')
      expect(gateway.imageStore.provider).toBe(isEmbedded ? 'folder' : 'azure-blob')
      expect(gateway.isOpen).toBe(false)
      expect(readWorkerConfig(settingsOf('worker')).jobStore).toEqual(gateway.jobStore)
      const active = env.COMPOSE_PROFILES?.split(',') ?? []
      const stores = services.filter(([, { profiles }]) =>
        profiles?.some((profile) => active.includes(profile)),
      )
      const names = stores.map(([name]) => name).filter((name) => /azurite|cosmos/.test(name))
      expect(names).toHaveLength(isEmbedded ? 0 : 2)
    },
  )
})

test('a choice that is none is refused with those there are', () => {
  const { status, stderr } = makeEnvironment('sqlite', tmpdir())
  expect(status).toBe(2)
  expect(stderr).toContain('emulators, stand-ins, embedded-store')
  expect(makeEnvironment('stand-ins', tmpdir(), 'loki')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('prometheus, grafana, housekeeping'),
  })
})

test('other profiles come beside the choice, each once', () => {
  expect(environmentOf('stand-ins', 'housekeeping', 'prometheus').COMPOSE_PROFILES).toBe(
    'stand-ins,prometheus,housekeeping',
  )
})

test('a worker that keeps house is one of the workers but for its role', () => {
  const { worker, housekeeping } = compose.services
  const env = environmentOf('embedded-store')
  const config = readWorkerConfig(substituted(housekeeping?.environment ?? {}, env))
  expect(config.role).toBe('housekeeping')
  expect(config.jobStore).toEqual(readWorkerConfig(substituted(worker?.environment ?? {}, env)).jobStore)
  expect(housekeeping?.profiles).toEqual(['housekeeping'])
})

describe.skipIf(!SMOKE)('with a Docker engine', () => {
  test.each(['stand-ins', 'embedded-store'])(
    'nothing is lost while containers die and workers come and go: %s',
    (stores) => {
      const smoke = join(ROOT, 'scripts/smoke.ts')
      const printed = execFileSync(process.execPath, [smoke, '--stores', stores, '--jobs', '120', '--json'])
      const checks = JSON.parse(printed.toString()) as { name: string; holds: boolean }[]
      expect(checks.length).toBeGreaterThan(8)
      expect(checks.filter(({ holds }) => !holds)).toEqual([])
    },
    1_200_000,
  )
})

/** What `compose:env` writes. */
function environmentOf(choice: string, ...profiles: string[]): Record<string, string> {
  const directory = mkdtempSync(join(tmpdir(), 'lupa-compose-'))
  try {
    expect(makeEnvironment(choice, directory, ...profiles).status).toBe(0)
    const lines = readFileSync(join(directory, '.env'), 'utf8').split('\n')
    return Object.fromEntries(
      lines.flatMap((line) => {
        const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? []
        return name ? [[name, value ?? '']] : []
      }),
    )
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function makeEnvironment(choice: string, cwd: string, ...profiles: string[]) {
  const script = join(ROOT, 'scripts/compose-env.mjs')
  return spawnSync(process.execPath, [script, choice, ...profiles], { cwd, encoding: 'utf8' })
}

/** As compose fills in `${NAME}`, `${NAME:-default}` and `${NAME:?reason}`. */
function substituted(
  environment: Record<string, unknown>,
  env: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      String(value).replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, variable, sign, rest) => {
        const given = env[variable]
        if (given) return given
        if (sign === '?') throw new Error(`${variable}: ${rest}`)
        return rest ?? ''
      }),
    ]),
  )
}
