import { docker } from './compose.ts'

/** Runs inside a container of ours, with our packages: the store is not to be reached from outside. */
const QUERY = `
  import { CosmosClient } from '@azure/cosmos'
  const { COSMOS_ENDPOINT: endpoint, COSMOS_KEY: key, COSMOS_DATABASE = 'lupa', FIELDS } = process.env
  const client = new CosmosClient({ endpoint, key, connectionPolicy: { enableEndpointDiscovery: false } })
  const fields = FIELDS.split(',').map((field) => 'c.' + field).join(', ')
  const jobs = client.database(COSMOS_DATABASE).container('jobs')
  const { resources } = await jobs.items.query('SELECT ' + fields + ' FROM c').fetchAll()
  process.stdout.write(JSON.stringify(resources))
`

/** Fields of all jobs, read from Cosmos DB by a query as an analyst would write it. */
export async function readRecords(container: string, fields: string[]): Promise<Record<string, unknown>[]> {
  const node = ['node', '--input-type=module', '--eval', QUERY]
  const options = ['--workdir', '/lupa/packages/core', '--env', `FIELDS=${fields.join(',')}`]
  return JSON.parse(await docker('exec', ...options, container, ...node)) as Record<string, unknown>[]
}
