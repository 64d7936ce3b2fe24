import type { ImageStore } from '../images/image-store.ts'
import type { RecordStore } from '../jobs/record-store.ts'
import type { ResultCache } from '../jobs/result-cache.ts'
import type { SharedConfig } from '../runtime/settings.ts'
import { tracedPort } from './traced-port.ts'
import type { Tracing } from './tracing.ts'

const DB_SYSTEMS = { sqlite: 'sqlite', cosmos: 'azure.cosmosdb' }

export function tracedRecordStore(
  store: RecordStore,
  { provider }: SharedConfig['jobStore'],
  tracing: Tracing,
): RecordStore {
  return tracedPort(
    store,
    { target: 'job_store', dbSystem: DB_SYSTEMS[provider] },
    [
      'create',
      'get',
      'finish',
      'list',
      'recordDelivery',
      'createDelivery',
      'getDelivery',
      'recordTry',
      'getReceiver',
      'setReceiver',
      'webhookSecrets',
      'getBatch',
      'finishBatch',
    ],
    tracing,
  )
}

export function tracedImageStore(store: ImageStore, tracing: Tracing): ImageStore {
  return tracedPort(
    store,
    { target: 'image_store' },
    ['put', 'get', 'getUpTo', 'copy', 'putRender', 'getRender', 'delete'],
    tracing,
  )
}

export function tracedResultCache(cache: ResultCache, tracing: Tracing): ResultCache {
  return tracedPort(cache, { target: 'result_cache', dbSystem: 'redis' }, ['get', 'put', 'claim'], tracing)
}
