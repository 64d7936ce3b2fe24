import { createHash } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import multipart from '@fastify/multipart'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { answerRequests, cpuMsSince, helperOptions } from './answer.ts'

// What Fastify can do at best: a route that takes a picture and hashes it, and one that asks Redis once.

const { redisUrl } = helperOptions() as { redisUrl: string }
const redis = new Redis(redisUrl)
await redis.set('{bench}:job', JSON.stringify({ text: 'x'.repeat(1200) }))

const app = Fastify({ logger: false })
await app.register(multipart, { limits: { fileSize: 20 * 1024 * 1024 } })
app.post('/hash', async (request) => {
  const image = await (await request.file())?.toBuffer()
  return {
    sha256: createHash('sha256')
      .update(image ?? '')
      .digest('hex'),
  }
})
app.get('/job', async (_request, reply) => {
  const json = await redis.get('{bench}:job')
  return reply.type('application/json; charset=utf-8').send(json)
})
await app.listen({ port: 0, host: '127.0.0.1' })
const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`

let cpu = process.cpuUsage()
answerRequests(async (ask) => {
  if (ask === 'url') return url
  const ms = cpuMsSince(cpu)
  cpu = process.cpuUsage()
  return ms
})
