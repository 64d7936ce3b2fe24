/** A request as a reader may send it. `$NAME` stands for what the reader has in a variable of that name. */
export interface ApiExample {
  /** By the name of the parameter in the path. */
  path?: Record<string, string>
  query?: Record<string, string>
  /** `@bottle.jpg` is the file of that name. */
  form?: [name: string, value: string][]
  json?: unknown
  /** `json` unless said: one document, one per line, Server-Sent Events, none, or a file to save. */
  answer?: 'json' | 'lines' | 'events' | 'none' | 'file'
  /** `picture.jpg` unless said. */
  saveAs?: string
}

const JOB = { path: { id: '$JOB' } }
const BATCH = { path: { id: '$BATCH' } }
const KEY = { path: { id: '$KEY' } }
const ALIAS = { path: { name: 'bottle-status', alias: 'canary' } }
/** A picture of 8 × 8 pixels, as base64 in JSON. */
const SMALL_PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAMAAADz0U65AAAAA1BMVEWIiIhYZW6zAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQI12NgoA4AAABIAAH/myMhAAAAAElFTkSuQmCC'
const INFER = { json: { inputs: [{ name: 'image', shape: [1], datatype: 'BYTES', data: [SMALL_PNG] }] } }
const NAMED = { path: { name: 'bottle-status' } }
const STABLE = { path: { name: 'bottle-status', version: '4' } }
const RECEIVER = 'https://hooks.example.com/lupa'

/** One for each operation, by its id; a test runs them all. `roboflowInfer` has none: its body is text that a client makes. */
export const API_EXAMPLES: Record<string, ApiExample> = {
  predict: { form: [['image', '@bottle.jpg']] },
  submitJob: {
    form: [
      ['image', '@bottle.jpg'],
      ['model', 'bottle-status'],
      ['tags', 'line-3'],
    ],
  },
  listJobs: { query: { status: 'succeeded', tag: 'line-3', limit: '10' } },
  getJob: { ...JOB, query: { wait: '20' } },
  cancelJob: JOB,
  eraseJob: { ...JOB, answer: 'none' },
  retryJob: JOB,
  followJob: { ...JOB, answer: 'events' },
  getAnnotatedImage: { ...JOB, answer: 'file' },
  getCrops: { ...JOB, answer: 'file', saveAs: 'crops.zip' },
  getRedactedImage: { ...JOB, query: { classes: 'aberta' }, answer: 'file' },
  getJobImage: { ...JOB, answer: 'file' },
  createBatch: {
    form: [
      ['image', '@bottle.jpg'],
      ['image', '@bottle-2.jpg'],
    ],
  },
  openUpload: { json: { name: 'bottle.jpg', content_type: 'image/jpeg' } },
  takeBlobEvents: {
    json: [
      {
        id: 'a9d3',
        eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
        subject: '',
        eventTime: '2026-11-26T10:00:00Z',
        dataVersion: '2',
        data: { validationCode: '512d38b6' },
      },
    ],
  },
  getBatch: { ...BATCH, query: { wait: '20' } },
  getBatchResults: { ...BATCH, answer: 'lines' },
  cancelBatch: BATCH,
  retryBatch: BATCH,
  eraseBatch: { ...BATCH, answer: 'none' },
  listDead: { query: { limit: '10' } },
  replayDead: { path: { id: '$DEAD' } },
  replayManyDead: { json: { code: 'image_unreadable', limit: 10 } },
  listModels: {},
  getModel: { path: { name: 'bottle-status' } },
  listModelSamples: { path: { name: 'bottle-status' } },
  getModelSample: { path: { name: 'bottle-status', file: 'aberta-1.jpg' }, answer: 'file' },
  pointAlias: { ...ALIAS, json: { version: '4' } },
  removeAlias: { ...ALIAS, answer: 'none' },
  getQueue: {},
  listJobDeliveries: JOB,
  listDeliveries: { query: { limit: '10' } },
  redeliverNewest: JOB,
  redeliver: { path: { id: '$JOB', delivery_id: '$DELIVERY' } },
  redeliverAny: { path: { delivery_id: '$DELIVERY' } },
  getWebhookSecret: {},
  rotateWebhookSecret: {},
  testWebhook: { json: { url: RECEIVER } },
  getWebhookReceiver: { query: { url: RECEIVER } },
  createKey: { json: { client: 'line-3', name: 'camera at the gate', scopes: ['jobs:write'] } },
  listKeys: {},
  rotateKey: { ...KEY, json: { overlap_hours: 24 } },
  revokeKey: KEY,
  eraseOwnData: {},
  eraseClientData: { path: { client: 'key:line-3' } },
  getErasure: { path: { id: '$ERASURE' } },
  listAudit: { query: { limit: '10' } },
  inferenceServer: {},
  inferenceLive: {},
  inferenceReady: {},
  inferenceModel: NAMED,
  inferenceModelReady: NAMED,
  infer: { ...NAMED, ...INFER },
  inferenceModelVersion: STABLE,
  inferenceModelReadyVersion: STABLE,
  inferVersion: { ...STABLE, ...INFER },
  roboflowInferTask: {
    path: { task: 'classification' },
    json: { model_id: 'bottle-status/4', image: { type: 'base64', value: SMALL_PNG } },
  },
  roboflowModels: {},
  roboflowAddModel: { json: { model_id: 'bottle-status/4' } },
  livez: {},
  readyz: {},
  health: {},
}
