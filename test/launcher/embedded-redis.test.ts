import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { prepareEmbeddedRedis } from '../../scripts/cluster/embedded-redis.ts'
import { findRedisServer } from '../../scripts/cluster/redis-binary.ts'
import { superviseChild } from '../../scripts/cluster/supervised-child.ts'

/** What a client of the embedded Redis of this folder is told of its own connection. */
async function connectionIn(folder: string): Promise<string> {
  const never = new AbortController().signal
  const server = await findRedisServer({
    toolsDirectory: join(folder, 'tools'),
    choice: process.env.LUPA_REDIS_SERVER,
    say: () => {},
    stopping: never,
  })
  const { url, children } = await prepareEmbeddedRedis(server, { dataDirectory: folder, notPort: 5000 })
  const child = superviseChild(children[0], () => {})
  const client = new Redis(url, { lazyConnect: true })
  try {
    await children[0].ready?.(never)
    await client.connect()
    return await client.client('INFO')
  } finally {
    client.disconnect()
    await child.stop({ drainMs: 5000, killing: never })
  }
}

test('clients come by a socket that is closed to other users', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lupa-redis-'))
  try {
    const socket = join(folder, 'redis', 'redis.sock')
    expect(await connectionIn(folder)).toContain(`laddr=${socket}:0`)
    expect(statSync(join(folder, 'redis')).mode & 0o077).toBe(0)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('where the path is too long for a socket, they come by the port', async () => {
  const folder = mkdtempSync(join(tmpdir(), `lupa-redis-${'long-'.repeat(20)}`))
  try {
    expect(await connectionIn(folder)).toMatch(/ laddr=127\.0\.0\.1:\d+ /)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
