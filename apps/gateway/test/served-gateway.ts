import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startRedisServer } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { newImage } from './requests.ts'

/** A gateway that programs of their own reach, with its Redis, and a folder of pictures to send. */
export interface ServedGateway extends AsyncDisposable {
  gateway: GatewayUnderTest
  url: string
  folder: string
}

/** `pictures`: paths below the folder, each of its own bytes. */
export async function serveGateway(
  env: NodeJS.ProcessEnv = {},
  pictures: readonly string[] = [],
): Promise<ServedGateway> {
  const redis = await startRedisServer()
  const gateway = await startGateway(redis.url, { env })
  const url = await gateway.app.listen({ port: 0, host: '127.0.0.1' })
  const folder = mkdtempSync(join(tmpdir(), 'lupa-test-served-'))
  for (const name of pictures) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), newImage())
  }
  return {
    gateway,
    url,
    folder,
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true })
      await gateway[Symbol.asyncDispose]()
      await redis[Symbol.asyncDispose]()
    },
  }
}
