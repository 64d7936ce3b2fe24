import { docker } from './compose.ts'

interface Inspected {
  Config: { User: string }
  HostConfig: {
    ReadonlyRootfs: boolean
    CapDrop: string[] | null
    CapAdd: string[] | null
    SecurityOpt: string[] | null
    Memory: number
    PidsLimit: number | null
    Privileged: boolean
  }
}

/** What a running container of ours may that it need not (OWASP Docker rules 2 to 4 and 7 to 9); empty when all is well. */
export async function hardeningFaults(container: string): Promise<string[]> {
  const [{ Config, HostConfig }] = JSON.parse(await docker('inspect', container)) as [Inspected]
  const holds = {
    'runs as root': !['', 'root', '0'].includes(Config.User.split(':')[0] ?? ''),
    'may write to its root': HostConfig.ReadonlyRootfs,
    'keeps capabilities': HostConfig.CapDrop?.includes('ALL') === true && !HostConfig.CapAdd?.length,
    'may gain privileges':
      HostConfig.SecurityOpt?.some((option) => option.startsWith('no-new-privileges')) === true,
    'has no memory limit': HostConfig.Memory > 0,
    'has no limit of processes': (HostConfig.PidsLimit ?? 0) > 0,
    'is privileged': !HostConfig.Privileged,
    'holds npm': await lacks(container, 'npm'),
  }
  return Object.entries(holds).flatMap(([fault, isWell]) => (isWell ? [] : [fault]))
}

async function lacks(container: string, program: string): Promise<boolean> {
  const found = await docker('exec', container, 'sh', '-c', `command -v ${program} || true`)
  return found === ''
}
