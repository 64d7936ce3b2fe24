import cosmos from '@vercel/cosmosdb-server'

// Without keepAlive it closes the connection after every answer. Its types do not know the option.
const options: object = { keepAlive: true }
const server = cosmos.createHttpServer(options)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(typeof address === 'object' && address ? `${address.port}\n` : '')
})
process.stdin.resume().once('end', () => process.exit())
