import cosmos from '@vercel/cosmosdb-server'

// Without keepAlive it closes the connection after every answer.
const server = cosmos.createHttpServer({ keepAlive: true })
server.listen(8081, '0.0.0.0')
process.once('SIGTERM', () => process.exit(0))
