import { afterAll, beforeAll, expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { createAzureBlobInbox } from '../../src/inbox/azure-blob-inbox.ts'
import type { Inbox } from '../../src/inbox/inbox.ts'
import { azuriteConnectionString, startAzurite, type TestAzurite } from '../services/azurite-server.ts'
import { blobContainer } from '../services/blob-container.ts'
import { freePort } from '../services/redis-server.ts'

let azurite: TestAzurite
let inbox: Inbox
beforeAll(async () => {
  azurite = await startAzurite()
  inbox = createAzureBlobInbox({ connectionString: azurite.connectionString, container: 'inbox' })
})
afterAll(() => azurite[Symbol.asyncDispose]())

const containerOf = () => blobContainer(azurite.connectionString, 'inbox')

async function drop(name: string, bytes: Buffer, metadata: Record<string, string> = {}): Promise<void> {
  await containerOf().createIfNotExists()
  await containerOf().getBlockBlobClient(name).upload(bytes, bytes.byteLength, { metadata })
}

test('a blob is known by its address, whatever its name, and with a SAS behind it', () => {
  const { url } = containerOf()
  const { url: odd } = containerOf().getBlobClient('line 3/ÄÖ 100%.jpg')
  expect(inbox.locate(odd)).toEqual({ in: 'inbox', name: 'line 3/ÄÖ 100%.jpg' })
  expect(inbox.locate(`${url}/a.jpg?sig=x`)).toEqual({ in: 'inbox', name: 'a.jpg' })
  expect(inbox.locate(`${url}/100%.jpg`)).toEqual({ in: 'inbox', name: '100%.jpg' })
})

test('what the inbox writes itself is elsewhere, and so are other containers', () => {
  const { url } = containerOf()
  for (const name of ['a.jpg.lupa.json', `.lupa/owed/${newJobId()}`, '', '../images/ab/x']) {
    expect(inbox.locate(`${url}/${name}`)).toEqual({ in: 'elsewhere' })
  }
  expect(inbox.locate(`${url}-2/a.jpg`)).toEqual({ in: 'elsewhere' })
})

test('another account is told as one, however alike its address looks', () => {
  const { url } = containerOf()
  const others = [
    'https://other.blob.core.windows.net/inbox/a.jpg',
    url.replace('devstoreaccount1', 'devstoreaccount12'),
    url.replace('://', '://user@evil.example/'),
    'a.jpg',
  ]
  for (const other of others) expect(inbox.locate(other)).toEqual({ in: 'other_account' })
})

test('a blob is read with its metadata, up to what is allowed and not a byte more', async () => {
  await drop('a.jpg', Buffer.from('12345'), { lupa_model: 'coco' })
  const read = await inbox.read('a.jpg', { maxBytes: 5 })
  expect(read).toEqual({
    image: Buffer.from('12345'),
    eTag: expect.any(String),
    metadata: { lupa_model: 'coco' },
  })
  expect(await inbox.read('a.jpg', { maxBytes: 4 })).toMatchObject({ image: null, eTag: read?.eTag })
  expect(await inbox.read('b.jpg', { maxBytes: 5 })).toBeUndefined()
})

test('a blob that is replaced has another eTag', async () => {
  await drop('c.jpg', Buffer.from('1'))
  const before = await inbox.read('c.jpg', { maxBytes: 5 })
  await drop('c.jpg', Buffer.from('1'))
  expect((await inbox.read('c.jpg', { maxBytes: 5 }))?.eTag).not.toBe(before?.eTag)
})

test('a result is written beside its blob, as JSON, and the last one stays', async () => {
  await inbox.writeResult('line 3/a.jpg', { status: 'queued' })
  await inbox.writeResult('line 3/a.jpg', { status: 'succeeded' })
  const blob = containerOf().getBlobClient('line 3/a.jpg.lupa.json')
  expect(JSON.parse(String(await blob.downloadToBuffer()))).toEqual({ status: 'succeeded' })
  expect((await blob.getProperties()).contentType).toBe('application/json')
})

test('what is owed is listed until it is settled', async () => {
  const [one, other] = [newJobId(), newJobId()]
  await inbox.owe(one)
  await inbox.owe(other)
  await inbox.owe(other)
  expect((await inbox.listOwed({})).jobIds.toSorted()).toEqual([one, other].toSorted())
  await inbox.settle(one)
  await inbox.settle(one)
  expect(await inbox.listOwed({})).toEqual({ jobIds: [other], next: undefined })
})

test('a service that is away is told as a store that is', async () => {
  const connectionString = azuriteConnectionString(`http://127.0.0.1:${await freePort()}`)
  const away = createAzureBlobInbox({ connectionString, container: 'inbox' })
  await expect(away.read('a.jpg', { maxBytes: 5 })).rejects.toMatchObject({ code: 'store_unavailable' })
})
