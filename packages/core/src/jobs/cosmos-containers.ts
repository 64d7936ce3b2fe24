import type { ContainerRequest, IndexingPolicy } from '@azure/cosmos'

export type ContainerName = 'jobs' | 'deliveries' | 'batches' | 'clients' | 'admin'

/**
 * All are partitioned by id: every read and write of one item is a point operation. Every path is indexed
 * but the bulky ones that nobody looks for; composite, what lists sort by.
 */
export const COSMOS_CONTAINERS = [
  aContainer('jobs', {
    excluded: ['predictions', 'stored_prediction', 'params', 'timings', 'links', 'webhook'],
    sorted: ['client ↑ created_at ↓ id ↓', 'done ↑ created_at ↑ id ↑', 'dead ↑ created_at ↓ id ↓'],
  }),
  aContainer('deliveries', {
    excluded: ['tries'],
    sorted: ['client ↑ created_at ↓ id ↓', 'job_id ↑ created_at ↑ id ↑', 'due_at ↑ id ↑'],
  }),
  aContainer('batches', {
    excluded: ['refused', 'counts', 'links', 'webhook'],
    sorted: ['done ↑ created_at ↑ id ↑', 'expires_at ↑ id ↑'],
  }),
  // What is few: a client's secrets, receivers and idempotency keys, the aliases of models; `kind` says which it is.
  aContainer('clients', { excluded: [], sorted: [] }),
  // What administrators made and did: API keys, and the audit log; `kind` says which it is.
  aContainer('admin', { excluded: ['details'], sorted: ['kind ↑ created_at ↓ id ↓'] }),
]

function aContainer(
  id: ContainerName,
  { excluded, sorted }: { excluded: string[]; sorted: string[] },
): ContainerRequest & { id: ContainerName } {
  const indexingPolicy: IndexingPolicy = {
    indexingMode: 'consistent',
    automatic: true,
    includedPaths: [{ path: '/*' }],
    excludedPaths: [...excluded.map((field) => ({ path: `/${field}/*` })), { path: '/"_etag"/?' }],
    compositeIndexes: sorted.map(toCompositeIndex),
  }
  // Items may expire, each at a time of its own.
  return { id, partitionKey: { paths: ['/id'] }, defaultTtl: -1, indexingPolicy }
}

function toCompositeIndex(sorting: string) {
  return Array.from(sorting.matchAll(/(\w+) ([↑↓])/g), ([, field, arrow]) => ({
    path: `/${field}`,
    order: arrow === '↑' ? ('ascending' as const) : ('descending' as const),
  }))
}
