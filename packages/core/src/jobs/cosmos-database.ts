import { type Container, CosmosClient, type CosmosDiagnostics, ErrorResponse } from '@azure/cosmos'
import { DefaultAzureCredential } from '@azure/identity'
import { LupaError } from '../domain/errors.ts'
import { COSMOS_CONTAINERS, type ContainerName } from './cosmos-containers.ts'

export interface CosmosOptions {
  endpoint: string
  /** Without it we come with the identity of the machine, over https only. */
  key?: string | undefined
  database: string
  /** Makes database and containers. A key may; the data role of an identity may not. */
  createIfMissing?: boolean
  /** A request that takes longer, retries included, is given up. */
  timeoutMs?: number
  /** Is told what each request cost. */
  onCharge?: (charge: CosmosCharge) => void
}

/** What a request of ours cost, tries that were turned away included. */
export interface CosmosCharge {
  container: ContainerName
  operation: CosmosOperation
  requestUnits: number
  /** How often it was told to come back later (429) before it was answered. */
  throttled: number
}

export type CosmosOperation = 'create' | 'read' | 'upsert' | 'replace' | 'delete' | 'query'

/** A database of Cosmos DB for NoSQL. What fails rejects with `store_unavailable`. */
export interface CosmosDatabase {
  container(name: ContainerName): Container
  /**
   * Makes one request, once database and containers are known to be there. Resolves to undefined when Cosmos DB
   * answers with one of `undefinedAt`, which are HTTP statuses.
   */
  call<T extends Charged>(made: CosmosCall, request: (signal: AbortSignal) => Promise<T>): Promise<T>
  call<T extends Charged>(
    made: CosmosCall & { undefinedAt: readonly number[] },
    request: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined>
  unavailable(reason: string, cause?: unknown): LupaError
  check(): Promise<void>
  close(): void
}

export interface CosmosCall {
  container: ContainerName
  operation: CosmosOperation
  undefinedAt?: readonly number[]
}

/** Every answer of the SDK. */
export interface Charged {
  requestCharge: number
  diagnostics: CosmosDiagnostics
}

export function openCosmosDatabase(options: CosmosOptions): CosmosDatabase {
  const { timeoutMs = 10_000, createIfMissing = false, onCharge } = options
  const client = connect(options)
  const database = client.database(options.database)
  let preparing: Promise<void> | undefined

  return {
    container: (name) => database.container(name),
    call,
    unavailable,

    async check() {
      await answered((abortSignal) => database.container('jobs').read({ abortSignal }))
    },

    close() {
      client.dispose()
    },
  }

  async function call<T extends Charged>(
    made: CosmosCall,
    request: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const counted = (signal: AbortSignal) => counting(made, request(signal))
    const { undefinedAt: statuses = [] } = made
    // What is undefined only where the caller has said when.
    return answered((signal) => undefinedAt(statuses, counted(signal))) as Promise<T>
  }

  /** A refusal costs too. */
  async function counting<T extends Charged>(made: CosmosCall, asked: Promise<T>): Promise<T> {
    try {
      const answer = await asked
      tell(made, answer.requestCharge, answer.diagnostics)
      return answer
    } catch (error) {
      if (error instanceof ErrorResponse) {
        tell(made, Number(error.headers?.['x-ms-request-charge'] ?? 0), error.diagnostics)
      }
      throw error
    }
  }

  function tell({ container, operation }: CosmosCall, requestUnits: number, diagnostics?: CosmosDiagnostics) {
    const { failedAttempts = [] } = diagnostics?.clientSideRequestStatistics.retryDiagnostics ?? {}
    const throttled = failedAttempts.filter(({ statusCode }) => statusCode === 429).length
    onCharge?.({ container, operation, requestUnits, throttled })
  }

  async function answered<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await withDeadline(timeoutMs, async (signal) => {
        await prepared()
        return request(signal)
      })
    } catch (error) {
      throw unavailable(toReason(error), error)
    }
  }

  function unavailable(reason: string, cause?: unknown): LupaError {
    const detail = `The Cosmos DB database ${options.database} at ${options.endpoint} cannot be used: ${reason}`
    return new LupaError('store_unavailable', detail, { cause })
  }

  /** Once per process; again after a failure. */
  function prepared(): Promise<void> {
    preparing ??= prepare().catch((error: unknown) => {
      preparing = undefined
      throw error
    })
    return preparing
  }

  async function prepare(): Promise<void> {
    if (createIfMissing) {
      // 409: another process was quicker, between the look and the making of createIfNotExists.
      await undefinedAt([409], client.databases.createIfNotExists({ id: options.database }))
      for (const container of COSMOS_CONTAINERS) {
        await undefinedAt([409], database.containers.createIfNotExists(container))
      }
    }
    // A read of an item in a container that is missing looks like a missing item, which is not the same.
    await Promise.all(COSMOS_CONTAINERS.map(({ id }) => database.container(id).read()))
  }
}

function connect({ endpoint, key }: CosmosOptions): CosmosClient {
  const isEmulator = new URL(endpoint).protocol === 'http:'
  return new CosmosClient({
    endpoint,
    ...(key ? { key } : { aadCredentials: new DefaultAzureCredential() }),
    connectionPolicy: {
      requestTimeout: 5000,
      // Emulators tell addresses at which they cannot be reached from here.
      enableEndpointDiscovery: !isEmulator,
      retryOptions: { maxRetryAttemptCount: 9, maxWaitTimeInSeconds: 8 },
    },
  })
}

/** The SDK waits between tries without looking at the signal, so the deadline is kept here too. */
async function withDeadline<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { promise: deadline, reject } = Promise.withResolvers<never>()
  const abort = new AbortController()
  const timer = setTimeout(() => {
    reject(new Error(`there was no answer within ${timeoutMs / 1000} s`))
    abort.abort()
  }, timeoutMs)
  try {
    return await Promise.race([work(abort.signal), deadline])
  } finally {
    clearTimeout(timer)
  }
}

/** Resolves to undefined when Cosmos DB answers with one of these HTTP statuses. */
async function undefinedAt<T>(statuses: readonly number[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (statuses.includes(codeOf(error) as number)) return undefined
    throw error
  }
}

function codeOf(error: unknown): number | string | undefined {
  return error instanceof Error && 'code' in error ? (error.code as number | string) : undefined
}

function toReason(error: unknown): string {
  switch (codeOf(error)) {
    case 401:
    case 403:
      return 'access is refused. Check COSMOS_KEY, or give the identity the role Cosmos DB Built-in Data Contributor.'
    case 404:
      return `the database or one of its containers ${COSMOS_CONTAINERS.map(({ id }) => id).join(', ')} does not exist. Create them.`
    case 429:
      return 'it is throttled. Give it more throughput if this stays.'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
