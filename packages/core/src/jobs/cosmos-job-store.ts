import { type ContainerRequest, CosmosClient, type Resource, type SqlParameter } from '@azure/cosmos'
import { DefaultAzureCredential } from '@azure/identity'
import { LupaError } from '../domain/errors.ts'
import { JobRecord } from '../domain/job.ts'
import type { JobQuery, JobStore } from './job-store.ts'
import { finishStoredJob, noteDelivery } from './stored-job.ts'

export interface CosmosOptions {
  endpoint: string
  /** Without it we come with the identity of the machine, over https only. */
  key?: string | undefined
  database: string
  /** Makes database and containers. A key may; the data role of an identity may not. */
  createIfMissing?: boolean
  /** A request that takes longer, retries included, is given up. */
  timeoutMs?: number
}

/** A job as an item: the record's fields are the item's own, so that each can be queried. */
type JobItem = JobRecord & { ttl: number; _attachments?: string }

/** What is kept of a client beside its jobs. */
interface ClientItem {
  id: string
  client: string
  webhook_secret: string
}

/** Every path is indexed but the bulky ones that nobody looks for; composite, what lists sort by. */
const JOBS_CONTAINER: ContainerRequest = {
  id: 'jobs',
  partitionKey: { paths: ['/id'] },
  // On, without a time of its own: each item has one.
  defaultTtl: -1,
  indexingPolicy: {
    indexingMode: 'consistent',
    automatic: true,
    includedPaths: [{ path: '/*' }],
    excludedPaths: [
      { path: '/predictions/*' },
      { path: '/stored_prediction/*' },
      { path: '/params/*' },
      { path: '/timings/*' },
      { path: '/links/*' },
      { path: '/webhook/*' },
      { path: '/"_etag"/?' },
    ],
    compositeIndexes: [
      [
        { path: '/client', order: 'ascending' },
        { path: '/created_at', order: 'descending' },
        { path: '/id', order: 'descending' },
      ],
      [
        { path: '/done', order: 'ascending' },
        { path: '/created_at', order: 'ascending' },
        { path: '/id', order: 'ascending' },
      ],
    ],
  },
}

const CLIENTS_CONTAINER: ContainerRequest = { id: 'clients', partitionKey: { paths: ['/id'] } }

/** Housekeeping erases a job and its image together; after this, Cosmos DB erases what it missed. */
const TTL_MARGIN_SECONDS = 7 * 24 * 60 * 60
const MAX_TTL_SECONDS = 2 ** 31 - 1
/** How often a job may be changed by others between our read and our write. */
const MAX_UPDATES = 30

/**
 * Jobs in Cosmos DB for NoSQL, partitioned by id: every read and write of a job is a point operation.
 *
 * Gateway and worker are different clients, so the account's consistency must let one read what another
 * has written: Bounded Staleness (strong within one region) or Strong, not Session.
 * https://learn.microsoft.com/azure/cosmos-db/consistency-levels
 */
export function createCosmosJobStore(options: CosmosOptions): JobStore {
  const { timeoutMs = 10_000, createIfMissing = false } = options
  const client = connect(options)
  const database = client.database(options.database)
  const jobs = database.container('jobs')
  const clients = database.container('clients')
  let preparing: Promise<void> | undefined

  return {
    async create(record) {
      const creating = (abortSignal: AbortSignal) => jobs.items.create(toItem(record), { abortSignal })
      return (await call((signal) => undefinedAt([409], creating(signal)))) !== undefined
    },

    async get(id) {
      const item = await readJob(id)
      return item && toRecord(item)
    },

    async finish(id, outcome, running) {
      return update(id, (stored) => (stored.done ? undefined : finishStoredJob(stored, outcome, running)))
    },

    async list(query) {
      const { where, parameters } = toConditions(query)
      return find({
        where,
        orderBy: 'c.client ASC, c.created_at DESC, c.id DESC',
        parameters,
        limit: query.limit,
      })
    },

    async listUnfinished({ createdBefore, after, limit }) {
      const { createdAt, id } = after ?? { createdAt: '', id: '' }
      return find({
        where: `c.done = false AND c.created_at < @before AND c.created_at >= @createdAt
          AND (c.created_at > @createdAt OR c.id > @id)`,
        orderBy: 'c.done ASC, c.created_at ASC, c.id ASC',
        parameters: toParameters({ before: createdBefore.toISOString(), createdAt, id }),
        limit,
      })
    },

    async listExpired({ now, limit }) {
      return find({
        where: 'c.expires_at <= @now',
        orderBy: 'c.expires_at ASC',
        parameters: toParameters({ now: now.toISOString() }),
        limit,
      })
    },

    async recordDelivery(id, delivery) {
      await update(id, (stored) => noteDelivery(stored, delivery))
    },

    async delete(id) {
      if (!canBeJobId(id)) return
      await call((abortSignal) => undefinedAt([404], jobs.item(id, id).delete({ abortSignal })))
    },

    async webhookSecret(name, makeSecret) {
      const id = toClientItemId(name)
      const kept = await readSecret(id)
      if (kept !== undefined) return kept
      const item: ClientItem = { id, client: name, webhook_secret: makeSecret() }
      const creating = (abortSignal: AbortSignal) => clients.items.create(item, { abortSignal })
      const created = await call((signal) => undefinedAt([409], creating(signal)))
      const secret = created ? item.webhook_secret : await readSecret(id)
      if (secret === undefined) throw unavailable('a secret that exists cannot be read.')
      return secret
    },

    async check() {
      await call((abortSignal) => jobs.read({ abortSignal }))
    },

    async close() {
      client.dispose()
    },
  }

  async function readJob(id: string): Promise<(JobItem & Resource) | undefined> {
    if (!canBeJobId(id)) return undefined
    const { resource } = await call((abortSignal) => jobs.item(id, id).read<JobItem>({ abortSignal }))
    return resource
  }

  async function readSecret(id: string): Promise<string | undefined> {
    const { resource } = await call((abortSignal) => clients.item(id, id).read<ClientItem>({ abortSignal }))
    return resource?.webhook_secret
  }

  /** Reads, changes and replaces; from the start again when another has written in between. */
  async function update(
    id: string,
    change: (stored: JobRecord) => JobRecord | undefined,
  ): Promise<{ record: JobRecord; accepted: boolean } | undefined> {
    for (let round = 1; round <= MAX_UPDATES; round++) {
      const item = await readJob(id)
      if (!item) return undefined
      const stored = toRecord(item)
      const record = change(stored)
      if (!record) return { record: stored, accepted: false }
      if (await replaceJob(record, item._etag)) return { record, accepted: true }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * round))
    }
    throw unavailable(`job ${id} was changed by others ${MAX_UPDATES} times in a row.`)
  }

  /** Resolves to false when the item is not as it was read: changed, in change, or gone. */
  async function replaceJob(record: JobRecord, etag: string): Promise<boolean> {
    const accessCondition = { type: 'IfMatch', condition: etag }
    const item = jobs.item(record.id, record.id)
    const replacing = (abortSignal: AbortSignal) =>
      item.replace(toItem(record), { accessCondition, abortSignal })
    return (await call((signal) => undefinedAt([412, 449, 404], replacing(signal)))) !== undefined
  }

  async function find({ where, orderBy, parameters, limit }: Select): Promise<JobRecord[]> {
    const query = `SELECT TOP ${Math.trunc(limit)} ${LISTED_FIELDS} FROM c WHERE ${where} ORDER BY ${orderBy}`
    const { resources } = await call((abortSignal) =>
      jobs.items
        .query<Omit<JobRecord, 'stored_prediction'>>(
          { query, parameters },
          { abortSignal, maxItemCount: limit },
        )
        .fetchAll(),
    )
    return resources.map((fields) => ({ ...fields, stored_prediction: null }))
  }

  async function call<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
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
      await undefinedAt([409], database.containers.createIfNotExists(JOBS_CONTAINER))
      await undefinedAt([409], database.containers.createIfNotExists(CLIENTS_CONTAINER))
    }
    // A read of an item in a container that is missing looks like a missing item, which is not the same.
    await Promise.all([jobs.read(), clients.read()])
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

async function undefinedAt<T>(codes: number[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (codes.includes(codeOf(error) as number)) return undefined
    throw error
  }
}

interface Select {
  where: string
  orderBy: string
  parameters: SqlParameter[]
  limit: number
}

/** What lists show: not `stored_prediction`, nor what Cosmos DB adds. */
const LISTED_FIELDS = Object.keys(JobRecord.shape)
  .filter((field) => field !== 'stored_prediction')
  .map((field) => `c["${field}"]`)
  .join(', ')

function toConditions({ before, ...query }: JobQuery): Pick<Select, 'where' | 'parameters'> {
  const conditions = [
    'c.client = @client',
    // The first half alone would do, but only a plain range is looked up in the index.
    before && 'c.created_at <= @beforeCreatedAt AND (c.created_at < @beforeCreatedAt OR c.id < @beforeId)',
    query.status && 'c.status = @status',
    query.model && 'c.model.name = @model',
    query.tag !== undefined && 'ARRAY_CONTAINS(c.tags, @tag)',
    query.createdAfter && 'c.created_at > @createdAfter',
    query.createdBefore && 'c.created_at < @createdBefore',
  ]
  const { client, status, model, tag, createdAfter, createdBefore } = query
  const values = { client, status, model, tag, createdAfter, createdBefore }
  const cursor = { beforeCreatedAt: before?.createdAt, beforeId: before?.id }
  return {
    where: conditions.filter(Boolean).join(' AND '),
    parameters: toParameters({ ...values, ...cursor }),
  }
}

function toParameters(values: Record<string, string | undefined>): SqlParameter[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name: `@${name}`, value }],
  )
}

function toItem(record: JobRecord): JobItem {
  const leftSeconds = Math.ceil((Date.parse(record.expires_at) - Date.now()) / 1000)
  // Counted from the write: https://learn.microsoft.com/azure/cosmos-db/nosql/time-to-live
  const ttl = Math.min(Math.max(leftSeconds, 0) + TTL_MARGIN_SECONDS, MAX_TTL_SECONDS)
  return { ...record, ttl }
}

function toRecord({ ttl, _rid, _self, _etag, _ts, _attachments, ...record }: JobItem & Resource): JobRecord {
  return record
}

/** Job ids are UUIDs. Cosmos DB forbids `/ \\ # ?` in an id, so no other text is asked for. */
function canBeJobId(id: string): boolean {
  return /^[0-9a-zA-Z-]{1,64}$/.test(id)
}

/** A client may have any name, an id may not. */
function toClientItemId(client: string): string {
  return `client-${Buffer.from(client).toString('base64url')}`
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
      return 'the database or its containers "jobs" and "clients" do not exist. Create them.'
    case 429:
      return 'it is throttled. Give it more throughput if this stays.'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
