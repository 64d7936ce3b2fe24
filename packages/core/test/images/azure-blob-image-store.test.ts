import { once } from 'node:events'
import { createServer } from 'node:net'
import { BlobServiceClient } from '@azure/storage-blob'
import { GenericContainer, Wait } from 'testcontainers'
import { describe, expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { createAzureBlobImageStore } from '../../src/images/azure-blob-image-store.ts'
import { describeImageStore } from '../contracts/image-store.ts'
import { azuriteConnectionString, startAzurite } from '../services/azurite-server.ts'
import { hasDockerImage } from '../services/docker-image.ts'
import { freePort } from '../services/redis-server.ts'

const AZURITE_IMAGE = 'mcr.microsoft.com/azure-storage/azurite:latest'

// The container below is stopped by its test; the reaper's own image need not be there as well.
process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true'

describeImageStore('Azure Blob image store, against Azurite', async () => {
  const azurite = await startAzurite()
  const { connectionString } = azurite
  return {
    store: createAzureBlobImageStore({ connectionString, container: 'images' }),
    [Symbol.asyncDispose]: () => azurite[Symbol.asyncDispose](),
  }
})

describe('Azure Blob image store', () => {
  test('an image and its copy keep the content type', async () => {
    await using azurite = await startAzurite()
    const { connectionString } = azurite
    const store = createAzureBlobImageStore({ connectionString, container: 'images' })
    const [from, to] = [newJobId(), newJobId()]
    await store.put(from, Buffer.from('x'), { contentType: 'image/webp' })
    await store.copy(from, to)
    const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient('images')
    for (const key of [from, to]) {
      const { contentType } = await container.getBlobClient(`${key.slice(-2)}/${key}`).getProperties()
      expect(contentType).toBe('image/webp')
    }
  })

  test('a service that is away is told with the container and without the key', async () => {
    const origin = `http://127.0.0.1:${await freePort()}`
    const connectionString = azuriteConnectionString(origin)
    const store = createAzureBlobImageStore({ connectionString, container: 'images' })
    const refusal = await store.check().catch((error) => error)
    expect(refusal).toMatchObject({ code: 'store_unavailable', retryable: true, cause: expect.any(Error) })
    expect(refusal.message).toContain(`${origin}/devstoreaccount1/images`)
    expect(refusal.message).not.toContain('Eby8')
  })

  test('a service that takes the connection and never answers is given up', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    const connectionString = azuriteConnectionString(`http://127.0.0.1:${port}`)
    const store = createAzureBlobImageStore({ connectionString, container: 'images', timeoutMs: 300 })
    await expect(store.get(newJobId())).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('within 0.3 s'),
    })
    silent.close()
  })

  test('a wrong key is told as refused access', async () => {
    await using azurite = await startAzurite()
    const connectionString = azurite.connectionString.replace('Eby8', 'Abcd')
    const store = createAzureBlobImageStore({ connectionString, container: 'images' })
    await expect(store.check()).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('access is refused'),
    })
  })
})

describe.skipIf(!hasDockerImage(AZURITE_IMAGE))('with a Docker engine', () => {
  describeImageStore('Azure Blob image store, against Azurite in a container', async () => {
    const container = await new GenericContainer(AZURITE_IMAGE)
      .withCommand([
        'azurite-blob',
        '--blobHost',
        '0.0.0.0',
        '--skipApiVersionCheck',
        '--inMemoryPersistence',
      ])
      .withExposedPorts(10_000)
      .withWaitStrategy(Wait.forLogMessage('successfully listens'))
      .start()
    const connectionString = azuriteConnectionString(
      `http://${container.getHost()}:${container.getMappedPort(10_000)}`,
    )
    return {
      store: createAzureBlobImageStore({ connectionString, container: 'images' }),
      [Symbol.asyncDispose]: async () => {
        await container.stop()
      },
    }
  })
})
