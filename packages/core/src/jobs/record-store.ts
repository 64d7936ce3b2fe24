import type { ApiKeyStore } from '../clients/api-key-store.ts'
import type { AuditLog } from '../clients/audit-log.ts'
import type { ModelAliasStore } from '../models/model-alias-store.ts'
import type { BatchStore } from './batch-store.ts'
import type { DeliveryStore } from './delivery-store.ts'
import type { ErasureStore } from './erasure-store.ts'
import type { JobStore } from './job-store.ts'
import type { KeyStore } from './key-store.ts'

/** Everything that is kept for good, in one database. Callers ask for the part they use. */
export type RecordStore = JobStore &
  DeliveryStore &
  BatchStore &
  KeyStore &
  ModelAliasStore &
  ApiKeyStore &
  AuditLog &
  ErasureStore
