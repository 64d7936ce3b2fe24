import { connect } from 'node:net'

export interface RedisAddress {
  port: number
  password: string
}

/** What a local Redis answers to one command, without a client's retries; undefined when none is there. */
export function askRedis({ port, password }: RedisAddress, command: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 })
  let answer = ''
  socket.setEncoding('utf8')
  socket.on('connect', () => socket.end(`AUTH ${password}\r\n${command}\r\n`))
  socket.on('data', (text: string) => {
    answer += text
  })
  socket.on('timeout', () => socket.destroy())
  socket.on('error', () => {})
  socket.on('close', () => resolve(answer === '' ? undefined : answer))
  return promise
}
