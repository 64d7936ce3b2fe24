import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'

/** What Application Insights takes: https://learn.microsoft.com/azure/azure-monitor/app/api-custom-events-metrics */
export interface Envelope {
  iKey?: string
  tags: Record<string, string>
  data: {
    baseType: string
    baseData: {
      name?: string
      id?: string
      success?: boolean
      type?: string
      responseCode?: string
      properties?: Record<string, string>
      metrics?: { name: string; value: number; count?: number }[]
    }
  }
}

/** The ingestion endpoint of an Application Insights, on this machine. */
export interface Ingestion extends AsyncDisposable {
  connectionString: string
  envelopes: Envelope[]
  paths: string[]
  /** What it answers from now on. */
  answer(status: number): void
  refused: () => number
}

const INSTRUMENTATION_KEY = '00000000-0000-4000-8000-000000000001'

export async function startIngestion(): Promise<Ingestion> {
  const envelopes: Envelope[] = []
  const paths: string[] = []
  let status = 200
  let refused = 0
  const server = createServer(async (request, response) => {
    const sent = await buffer(request)
    paths.push(request.url ?? '')
    if (status !== 200) {
      refused += 1
      return response.writeHead(status).end()
    }
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString()
    const items = JSON.parse(text) as Envelope[]
    envelopes.push(...items)
    const count = items.length
    return response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ itemsReceived: count, itemsAccepted: count, errors: [] }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    connectionString: `InstrumentationKey=${INSTRUMENTATION_KEY};IngestionEndpoint=${url};LiveEndpoint=${url}`,
    envelopes,
    paths,
    answer: (wanted) => void (status = wanted),
    refused: () => refused,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
