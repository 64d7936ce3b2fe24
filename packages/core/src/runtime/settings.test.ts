import { expect, test } from 'vitest'
import { readSettings } from './env.ts'
import { isLoopback, SharedSettings, toSharedConfig } from './settings.ts'

const configOf = (env: NodeJS.ProcessEnv) =>
  toSharedConfig(readSettings(SharedSettings, { REDIS_URL: 'redis://127.0.0.1:6379', ...env }))

test('without settings everything is embedded', () => {
  const config = configOf({ DATA_DIR: '/data' })
  expect(config.imageStore).toEqual({ provider: 'folder', directory: '/data/images' })
  expect(config.jobStore).toEqual({ provider: 'sqlite', file: '/data/jobs.sqlite', synchronous: 'NORMAL' })
})

test('the settings of Azure choose its stores by being present', () => {
  const config = configOf({
    AZURE_STORAGE_ACCOUNT_URL: 'https://account.blob.core.windows.net',
    COSMOS_ENDPOINT: 'https://account.documents.azure.com',
  })
  expect(config.imageStore).toMatchObject({ provider: 'azure-blob', container: 'images' })
  expect(config.jobStore).toMatchObject({ provider: 'cosmos', database: 'lupa' })
})

test('a choice that lacks what it needs is refused with what to set', () => {
  expect(() => configOf({ JOB_STORE: 'cosmos' })).toThrow('JOB_STORE=cosmos needs COSMOS_ENDPOINT')
  expect(() => configOf({ IMAGE_STORE: 'azure-blob' })).toThrow('AZURE_STORAGE_CONNECTION_STRING')
  expect(() => toSharedConfig(readSettings(SharedSettings, {}))).toThrow('REDIS_URL is not set')
})

test('webhooks may reach this machine only while only this machine reaches the gateway', () => {
  expect(configOf({}).outbound).toEqual({ allow: [], allowLoopback: true })
  expect(configOf({ HOST: '0.0.0.0', OUTBOUND_ALLOW: 'hooks.corp, 10.1.0.0/16' }).outbound).toEqual({
    allow: ['hooks.corp', '10.1.0.0/16'],
    allowLoopback: false,
  })
})

test.each([
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['127.0.0.1.example.com', false],
  ['192.168.0.1', false],
])('isLoopback(%s) is %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected)
})

test('the inbox is a container of its own, beside the images in Blob Storage', () => {
  const storage = { AZURE_STORAGE_CONNECTION_STRING: 'UseDevelopmentStorage=true' }
  expect(configOf({}).inbox).toBeNull()
  expect(configOf(storage).inbox).toBeNull()
  expect(configOf({ ...storage, INBOX_CONTAINER: 'inbox' }).inbox).toMatchObject({
    connectionString: 'UseDevelopmentStorage=true',
    container: 'inbox',
  })
  expect(() => configOf({ ...storage, INBOX_CONTAINER: 'images' })).toThrow('a container of its own')
  expect(() => configOf({ INBOX_CONTAINER: 'inbox' })).toThrow('needs images in Blob Storage')
})

test('tokens for Redis go without a password, and only where nobody reads along', () => {
  const redisOf = (REDIS_URL: string) => configOf({ REDIS_AUTH: 'entra-id', REDIS_URL })
  expect(configOf({}).redisAuth).toBe('url')
  expect(redisOf('rediss://lupa.redis.azure.net:10000').redisAuth).toBe('entra-id')
  expect(redisOf('redis://127.0.0.1:6379').redisAuth).toBe('entra-id')
  expect(() => redisOf('redis://lupa.redis.azure.net:10000')).toThrow('begin REDIS_URL with rediss://')
  expect(() => redisOf('rediss://:key@lupa.redis.azure.net:10000')).toThrow('leave the one in REDIS_URL out')
  expect(() => configOf({ REDIS_AUTH: 'entra' })).toThrow('REDIS_AUTH="entra"')
})
