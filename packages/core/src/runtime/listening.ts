import { EXIT_CONFIG } from './env.ts'

/** Where a process is to listen, and the variable that says so. */
export interface Place {
  host: string
  port: number
  setting: string
}

/** A place cannot be listened on; the message says which, by which setting, and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  /** A port that is taken may be free when it is tried again; what is wrong otherwise stays so. */
  readonly exitCode: number

  constructor(message: string, { code, cause }: { code: string; cause: unknown }) {
    super(message, { cause })
    this.exitCode = code === 'EADDRINUSE' ? 1 : EXIT_CONFIG
  }
}

/** Rejects with a ListenError when what listens cannot. */
export async function listening<T>(place: Place, listen: () => Promise<T>): Promise<T> {
  try {
    return await listen()
  } catch (thrown) {
    const { code, syscall } = thrown as NodeJS.ErrnoException
    if (code === undefined || (syscall !== 'listen' && syscall !== 'getaddrinfo')) throw thrown
    throw new ListenError(describeListenFault(code, place), { code, cause: thrown })
  }
}

/** @param command what was typed to start it; the message then shows what to type instead */
export function describeListenFault(code: string, place: Place, command?: string): string {
  const { host, port, setting } = place
  const use = (other: number) =>
    command === undefined ? `${setting}=${other}` : `\n  ${setting}=${other} ${command}`
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} (${setting}) is used by another program. Free it, or take another port: ${use(port < 65_535 ? port + 1 : port - 1)}`
    case 'EACCES':
      return `This user may not listen on port ${port} (${setting}). Take one above 1023: ${use(port + 5000)}`
    default:
      return `HOST=${host} with ${setting}=${port} cannot be listened on (${code}). Is HOST an address of this machine?`
  }
}
