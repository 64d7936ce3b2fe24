import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { App } from '../app-type.ts'

const vendor = createRequire(import.meta.url)

/** What the page loads, all of it from here. */
const FILES: PageFile[] = [
  ofSwagger('swagger-ui.css', 'text/css'),
  ofSwagger('swagger-ui-bundle.js', 'text/javascript'),
  ours('docs.css', 'text/css'),
  ours('docs.js', 'text/javascript'),
]

interface PageFile {
  name: string
  type: string
  /** Read once, when it is asked for first. */
  read: () => Promise<{ body: Buffer; version: string }>
}

function ofSwagger(name: string, type: string): PageFile {
  return pageFile(name, type, vendor.resolve(`@fastify/swagger-ui/static/${name}`))
}

function ours(name: string, type: string): PageFile {
  return pageFile(name, type, join(import.meta.dirname, '../docs-page', name))
}

function pageFile(name: string, type: string, path: string): PageFile {
  let reading: ReturnType<PageFile['read']> | undefined
  return { name, type: `${type}; charset=utf-8`, read: () => (reading ??= readVersioned(path)) }
}

async function readVersioned(path: string) {
  const body = await readFile(path)
  return { body, version: createHash('sha256').update(body).digest('hex').slice(0, 12) }
}

/** The API for people: Swagger UI over `/openapi.json`. Nothing of it comes from elsewhere. */
export function docs(app: App): void {
  app.get(
    '/docs',
    { config: { scope: 'any', page: {} }, schema: { hide: true } },
    async (_request, reply) => {
      const addresses = await Promise.all(
        FILES.map(async ({ name, read }) => `/docs/${name}?v=${(await read()).version}`),
      )
      return reply.type('text/html; charset=utf-8').serializer(String).send(page(addresses))
    },
  )

  for (const { name, type, read } of FILES) {
    app.get(
      `/docs/${name}`,
      { config: { scope: 'any', asset: 'hashed' }, schema: { hide: true } },
      async (_request, reply) => reply.type(type).send((await read()).body),
    )
  }
}

function page(addresses: string[]): string {
  const parts = addresses.map((address) =>
    address.includes('.css?')
      ? `<link rel="stylesheet" href="${address}">`
      : `<script src="${address}" defer></script>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lupa: the API</title>
<link rel="icon" href="data:,">
${parts.join('\n')}
</head>
<body>
<main id="docs"></main>
<noscript>This page needs JavaScript. <a href="/openapi.json">/openapi.json</a> says the same.</noscript>
</body>
</html>
`
}
