import { createHash } from 'node:crypto'
import type { DeliveryRecord } from '../domain/delivery.ts'
import type { CosmosDatabase } from './cosmos-database.ts'
import { createCosmosItems, type Select } from './cosmos-items.ts'
import type { DeliveryStore, Receiver, WebhookSecrets } from './delivery-store.ts'
import { dueAt, noteTry, validSecrets } from './stored-delivery.ts'

type DeliveryItem = DeliveryRecord & { due_at: string | null }
type ReceiverItem = Receiver & { id: string; kind: 'receiver'; client: string; url: string }
type SecretsItem = WebhookSecrets & { id: string; kind: 'secrets'; client: string }

export function createCosmosDeliveries(database: CosmosDatabase): DeliveryStore {
  const deliveries = createCosmosItems<DeliveryItem>(database, 'deliveries', {
    expiresAt: (delivery) => delivery.expires_at,
  })
  const receivers = createCosmosItems<ReceiverItem>(database, 'clients')
  const secrets = createCosmosItems<SecretsItem>(database, 'clients')

  return {
    createDelivery(delivery) {
      return deliveries.create(toItem(delivery))
    },

    async getDelivery(id) {
      const item = await deliveries.read(id)
      return item && toDelivery(item)
    },

    async recordTry(id, made, next) {
      await deliveries.update(id, (stored) => toItem(noteTry(toDelivery(stored), made, next)))
    },

    listDeliveries(jobId) {
      return find({
        where: 'c.job_id = @jobId',
        values: { jobId },
        orderBy: 'c.job_id ASC, c.created_at ASC, c.id ASC',
        limit: MAX_PER_JOB,
      })
    },

    listClientDeliveries({ client, before, limit }) {
      const page = before && 'c.created_at <= @createdAt AND (c.created_at < @createdAt OR c.id < @id)'
      return find({
        where: ['c.client = @client', page].filter(Boolean).join(' AND '),
        values: { client, createdAt: before?.createdAt, id: before?.id },
        orderBy: 'c.client ASC, c.created_at DESC, c.id DESC',
        limit,
      })
    },

    listDueDeliveries({ dueBefore, after, limit }) {
      const page = after && 'c.due_at >= @dueAt AND (c.due_at > @dueAt OR c.id > @id)'
      return find({
        where: ['c.due_at < @before', page].filter(Boolean).join(' AND '),
        values: { before: dueBefore.toISOString(), dueAt: after?.nextTryAt, id: after?.id },
        orderBy: 'c.due_at ASC, c.id ASC',
        limit,
      })
    },

    sweepDeliveries(now) {
      return deliveries.deleteAll({ where: 'c.expires_at <= @now', values: { now: now.toISOString() } })
    },

    async getReceiver(client, url) {
      const item = await receivers.read(toReceiverId(client, url))
      return item && { failingSince: item.failingSince, disabledAt: item.disabledAt, reason: item.reason }
    },

    async setReceiver(client, url, receiver) {
      await receivers.put({ id: toReceiverId(client, url), kind: 'receiver', client, url, ...receiver })
    },

    async webhookSecrets(client, makeSecret) {
      const kept = await secrets.read(toSecretsId(client))
      if (kept) return toSecrets(kept)
      const made = aSecretsItem(client, makeSecret())
      const item = (await secrets.create(made)) ? made : await secrets.read(made.id)
      if (!item) throw database.unavailable('a secret that exists cannot be read.')
      return toSecrets(item)
    },

    async rotateWebhookSecret(client, secret, previousUntil) {
      const first = aSecretsItem(client, secret)
      const rotate = (stored: SecretsItem) => ({ ...first, previous: stored.current, previousUntil })
      if (await secrets.create(first)) return toSecrets(first)
      const rotated = await secrets.update(first.id, rotate)
      if (!rotated) throw database.unavailable('a secret that exists cannot be read.')
      return toSecrets(rotated.item)
    },
  }

  async function find(select: Select): Promise<DeliveryRecord[]> {
    return (await deliveries.find(select)).map(toDelivery)
  }
}

/** One per event, and a job has few. */
const MAX_PER_JOB = 1000

function toItem(delivery: DeliveryRecord): DeliveryItem {
  return { ...delivery, due_at: dueAt(delivery) }
}

function toDelivery({ due_at, ...delivery }: DeliveryItem): DeliveryRecord {
  return delivery
}

/** A hash: a URL may be longer than an id, and have signs that an id may not. */
function toReceiverId(client: string, url: string): string {
  return `receiver-${createHash('sha256')
    .update(JSON.stringify([client, url]))
    .digest('hex')}`
}

function toSecretsId(client: string): string {
  return `secrets-${createHash('sha256').update(client).digest('hex')}`
}

function aSecretsItem(client: string, current: string): SecretsItem {
  return { id: toSecretsId(client), kind: 'secrets', client, current, previous: null, previousUntil: null }
}

function toSecrets({ current, previous, previousUntil }: SecretsItem): WebhookSecrets {
  return validSecrets({ current, previous, previousUntil })
}
