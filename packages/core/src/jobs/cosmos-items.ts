import type { Resource, SqlParameter } from '@azure/cosmos'
import type { ContainerName } from './cosmos-containers.ts'
import type { Charged, CosmosCall, CosmosDatabase } from './cosmos-database.ts'

/** The items of one shape in a container. Their fields are the item's own, so that each can be queried. */
export interface CosmosItems<T extends { id: string }> {
  /** Resolves to false when an item of this id exists already; it is left as it is. */
  create(item: T): Promise<boolean>
  read(id: string): Promise<T | undefined>
  put(item: T): Promise<void>
  /**
   * Reads, changes and replaces; from the start again when another has written in between. A change to
   * undefined leaves the item as it is. Resolves to undefined when there is no such item.
   */
  update(
    id: string,
    change: (stored: T) => T | undefined | Promise<T | undefined>,
  ): Promise<{ item: T; changed: boolean } | undefined>
  delete(id: string): Promise<void>
  /** Deletes what it finds, unless it changes meanwhile; resolves to how many. */
  deleteAll(select: Pick<Select, 'where' | 'values'>): Promise<number>
  find(select: Select): Promise<T[]>
  count(select: Pick<Select, 'where' | 'values'>): Promise<number>
}

export interface Select {
  /** The fields to read, as SQL; without them all are. */
  fields?: string
  /** Conditions on `c`. A name as in `values` is written `@name`. */
  where: string
  values: Record<string, string | undefined>
  orderBy: string
  limit: number
}

type Added = Partial<Omit<Resource, 'id'>> & { ttl?: number; _attachments?: string }

export interface CosmosItemsOptions<T> {
  /** After this the item is not needed. Undefined: it is kept. */
  expiresAt?: (item: T) => string
}

/** Housekeeping erases a job and its image together; after this, Cosmos DB erases what it missed. */
const TTL_MARGIN_SECONDS = 7 * 24 * 60 * 60
const MAX_TTL_SECONDS = 2 ** 31 - 1
/** How often an item may be changed by others between our read and our write. */
const MAX_ROUNDS = 30
const PAGE = 50

export function createCosmosItems<T extends { id: string }>(
  database: CosmosDatabase,
  name: ContainerName,
  { expiresAt }: CosmosItemsOptions<T> = {},
): CosmosItems<T> {
  const container = database.container(name)

  return {
    async create(item) {
      const made = { operation: 'create', undefinedAt: [409] } as const
      return isDone(made, (abortSignal) => container.items.create(toStored(item), { abortSignal }))
    },

    async read(id) {
      const stored = await readStored(id)
      return stored && toItem(stored)
    },

    async put(item) {
      const made = { container: name, operation: 'upsert' } as const
      await database.call(made, (abortSignal) => container.items.upsert(toStored(item), { abortSignal }))
    },

    async update(id, change) {
      for (let round = 1; round <= MAX_ROUNDS; round++) {
        const stored = await readStored(id)
        if (!stored) return undefined
        const item = toItem(stored)
        const changed = await change(item)
        if (!changed) return { item, changed: false }
        if (await replace(changed, stored._etag)) return { item: changed, changed: true }
        await pause(round)
      }
      throw database.unavailable(`${id} in ${name} was changed by others ${MAX_ROUNDS} times in a row.`)
    },

    async delete(id) {
      if (!canBeId(id)) return
      const made = { operation: 'delete', undefinedAt: [404] } as const
      await isDone(made, (abortSignal) => container.item(id, id).delete({ abortSignal }))
    },

    async deleteAll(select) {
      let total = 0
      for (let fruitless = 0; fruitless < MAX_ROUNDS; ) {
        const found = await query<Resource>(
          `SELECT TOP ${PAGE} c.id, c._etag FROM c WHERE ${select.where}`,
          select.values,
        )
        const answers = await Promise.all(found.map(({ id, _etag }) => deleteUnchanged(id, _etag)))
        const deleted = answers.filter(Boolean).length
        total += deleted
        if (deleted === found.length && deleted < PAGE) return total
        if (deleted === 0) await pause(++fruitless)
      }
      throw database.unavailable(`items in ${name} were changed by others ${MAX_ROUNDS} times in a row.`)
    },

    async find({ fields = '*', where, values, orderBy, limit }) {
      const top = `SELECT TOP ${Math.trunc(limit)} ${fields} FROM c`
      const found = await query<T & Added>(`${top} WHERE ${where} ORDER BY ${orderBy}`, values, limit)
      return found.map(toItem)
    },

    async count({ where, values }) {
      const [count] = await query<number>(`SELECT VALUE COUNT(1) FROM c WHERE ${where}`, values)
      return count ?? 0
    },
  }

  async function readStored(id: string): Promise<(T & Resource) | undefined> {
    if (!canBeId(id)) return undefined
    const made = { container: name, operation: 'read' } as const
    const reading = (abortSignal: AbortSignal) => container.item(id, id).read<T>({ abortSignal })
    return (await database.call(made, reading)).resource
  }

  /** Resolves to false when the item is not as it was read: changed, in change, or gone. */
  async function replace(item: T, etag: string): Promise<boolean> {
    const accessCondition = { type: 'IfMatch', condition: etag }
    const made = { operation: 'replace', undefinedAt: [412, 449, 404] } as const
    return isDone(made, (abortSignal) =>
      container.item(item.id, item.id).replace(toStored(item), { accessCondition, abortSignal }),
    )
  }

  /** Resolves to whether it was this call that deleted the item. */
  async function deleteUnchanged(id: string, etag: string): Promise<boolean> {
    const accessCondition = { type: 'IfMatch', condition: etag }
    const made = { operation: 'delete', undefinedAt: [412, 449, 404] } as const
    return isDone(made, (abortSignal) => container.item(id, id).delete({ accessCondition, abortSignal }))
  }

  /** Resolves to false at the refusals that are foreseen. */
  async function isDone(
    made: Omit<CosmosCall, 'container'> & { undefinedAt: readonly number[] },
    request: (signal: AbortSignal) => Promise<Charged>,
  ): Promise<boolean> {
    return (await database.call({ ...made, container: name }, request)) !== undefined
  }

  async function query<Row>(sql: string, values: Select['values'], maxItemCount = PAGE): Promise<Row[]> {
    const spec = { query: sql, parameters: toParameters(values) }
    const made = { container: name, operation: 'query' } as const
    const { resources } = await database.call(made, (abortSignal) =>
      container.items.query<Row>(spec, { abortSignal, maxItemCount }).fetchAll(),
    )
    return resources
  }

  function toStored(item: T): T & { ttl?: number } {
    return expiresAt ? { ...item, ttl: ttlUntil(expiresAt(item)) } : item
  }
}

/** Counted from the write: https://learn.microsoft.com/azure/cosmos-db/nosql/time-to-live */
function ttlUntil(expiresAt: string): number {
  const leftSeconds = Math.ceil((Date.parse(expiresAt) - Date.now()) / 1000)
  return Math.min(Math.max(leftSeconds, 0) + TTL_MARGIN_SECONDS, MAX_TTL_SECONDS)
}

/** Without what is not ours: what Cosmos DB adds, and the time to live. */
function toItem<T extends { id: string }>(stored: T & Added): T {
  const { ttl, _rid, _self, _etag, _ts, _attachments, ...item } = stored
  return item as unknown as T
}

function toParameters(values: Select['values']): SqlParameter[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name: `@${name}`, value }],
  )
}

/** Cosmos DB forbids `/ \\ # ?` in an id, and ours have no other signs than these. */
function canBeId(id: string): boolean {
  return /^[0-9a-zA-Z_-]{1,255}$/.test(id)
}

/** Random, so that those who met at one item do not come back together. */
function pause(round: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * round))
}
