import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMachine } from './bench/machine.ts'
import { ROOT } from './checks/run-check.ts'
import { nameRedisServer } from './cluster/name-redis-server.ts'
import { say } from './cluster/say.ts'
import { PROFILES, type Profile } from './simulate/profiles.ts'
import { measureRealCluster } from './simulate/real-cluster.ts'
import { describeOutcome, readSimulation, writeSimulation } from './simulate/report.ts'
import { runProfiles } from './simulate/run-profiles.ts'

// What a thousand requests a second do to a cluster: in virtual time with the real admission and the rules of the
// Bicep, and for real as fast as this machine can.
//   npm run simulate [-- --only virtual|real] [--rps 1000] [--profile spike,day] [--model classify] …

const USAGE = `npm run simulate -- [OPTIONS]

  --only virtual|real   one of the two parts; the other stays as it was written down
  --rps N               the peak of the load (1000)
  --profile A,B         of ${PROFILES.map(({ name }) => name).join(', ')} (all)
  --workload NAME       whose model, of those that pnpm bench measured (classify)
  --image-size BYTES    (77240, what classify was measured with)
  --worker-min N, --worker-max N, --gateway-max N, --worker-cores N
                        instead of what the Bicep says
  --worker-start S, --gateway-start S
                        seconds until a new one serves (40, 20): assumed, and different on every account
  --queue-limit N       QUEUE_LIMIT (10000)
  --clients N           that send as much as each other (10)
  --seed N              of the same pictures at the same moments (1)
  --gateways A,B        numbers of gateways of the real part (1,2,4)
  --seconds N           of the real part, for each of them (10)
  --out FOLDER          where simulation.json and simulation.svg go (docs/benchmarks)
`

export interface SimulateOptions {
  only: 'virtual' | 'real' | undefined
  profiles: readonly Profile[]
  workload: string
  out: string
  peakPerSecond: number
  imageBytes: number
  /** Instead of what the Bicep says. */
  worker: { min: number | undefined; max: number | undefined; cores: number | undefined }
  gateway: { max: number | undefined }
  workerStartSeconds: number
  gatewayStartSeconds: number
  queueLimit: number
  clients: number
  seed: number
  real: { gateways: readonly number[]; seconds: number }
}

const options = readOptions()
const machine = describeMachine()
await nameRedisServer()

const before = readSimulation(options.out)
const real =
  options.only === 'virtual' ? before?.real : { ...(await measureRealCluster(options, say)), machine }
const virtual =
  options.only === 'real' ? before?.virtual : { ...(await runProfiles(options, real, say)), machine }
if (options.only !== 'real') for (const outcome of virtual?.outcomes ?? []) say(describeOutcome(outcome))
writeSimulation(options.out, { virtual, real })
say(`Written to ${join(options.out, 'simulation.json')} and simulation.svg.`)

function readOptions(): SimulateOptions {
  try {
    const text = { type: 'string' } as const
    const names = Array.from(USAGE.matchAll(/--([a-z-]+)/g), ([, name = '']) => name)
    const { values } = parseArgs({
      options: { ...Object.fromEntries(names.map((name) => [name, text])), help: { type: 'boolean' } },
    })
    if (values.help) {
      process.stdout.write(USAGE)
      process.exit(0)
    }
    return toOptions(values as Record<string, string | undefined>)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`)
    process.exit(2)
  }
}

function toOptions(values: Record<string, string | undefined>): SimulateOptions {
  const { only, workload = 'classify', out = join(ROOT, 'docs/benchmarks') } = values
  if (only !== undefined && only !== 'virtual' && only !== 'real') {
    throw new Error(`--only ${only}: must be virtual or real`)
  }
  const given = (name: string, least = 1) => {
    const value = values[name]
    if (value === undefined) return undefined
    if (/^\d{1,9}$/.test(value) && Number(value) >= least) return Number(value)
    throw new Error(`--${name} ${value}: must be a whole number, ${least} at least`)
  }
  return {
    only,
    workload,
    out,
    profiles: toProfiles(values.profile),
    peakPerSecond: given('rps') ?? 1000,
    imageBytes: given('image-size') ?? 77_240,
    worker: { min: given('worker-min', 0), max: given('worker-max'), cores: given('worker-cores') },
    gateway: { max: given('gateway-max') },
    workerStartSeconds: given('worker-start', 0) ?? 40,
    gatewayStartSeconds: given('gateway-start', 0) ?? 20,
    queueLimit: given('queue-limit') ?? 10_000,
    clients: given('clients') ?? 10,
    seed: given('seed', 0) ?? 1,
    real: {
      gateways: (values.gateways ?? '1,2,4').split(',').map(toGateways),
      seconds: given('seconds') ?? 10,
    },
  }
}

function toGateways(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  throw new Error(`--gateways ${text}: must be whole numbers from 1 to 99, by comma`)
}

function toProfiles(names: string | undefined): readonly Profile[] {
  if (names === undefined) return PROFILES
  return names.split(',').map((name) => {
    const found = PROFILES.find((profile) => profile.name === name)
    if (!found)
      throw new Error(`--profile ${name}: there are ${PROFILES.map((each) => each.name).join(', ')}`)
    return found
  })
}
