import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { generate } from 'selfsigned'

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
  /** Whom a process has to trust: for `NODE_EXTRA_CA_CERTS`. */
  certificateFile: string
  envelopes: Envelope[]
  paths: string[]
  /** What it answers from now on. */
  answer(status: number): void
  refused: () => number
}

const INSTRUMENTATION_KEY = '00000000-0000-4000-8000-000000000001'

export async function startIngestion(): Promise<Ingestion> {
  // Microsoft's package speaks nothing but https.
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-ingestion-'))
  const certificateFile = join(directory, 'certificate.pem')
  writeFileSync(certificateFile, cert)
  const envelopes: Envelope[] = []
  const paths: string[] = []
  let status = 200
  let refused = 0
  const server = createServer({ key, cert }, async (request, response) => {
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
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    connectionString: `InstrumentationKey=${INSTRUMENTATION_KEY};IngestionEndpoint=${url};LiveEndpoint=${url}`,
    certificateFile,
    envelopes,
    paths,
    answer: (wanted) => void (status = wanted),
    refused: () => refused,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      rmSync(directory, { recursive: true })
    },
  }
}
