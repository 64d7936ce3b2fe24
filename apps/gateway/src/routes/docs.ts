import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { LupaError } from '@lupa/core/domain/errors'
import { z } from 'zod'
import type { App } from '../app-type.ts'

const vendor = createRequire(import.meta.url)

/** What the page loads, all of it from here. */
const FILES: Record<string, { path: string; type: string }> = {
  'swagger-ui.css': ofSwagger('swagger-ui.css', 'text/css'),
  'swagger-ui-bundle.js': ofSwagger('swagger-ui-bundle.js', 'text/javascript'),
  'docs.css': ours('docs.css', 'text/css'),
  'docs.js': ours('docs.js', 'text/javascript'),
}

function ofSwagger(name: string, type: string) {
  return { path: vendor.resolve(`@fastify/swagger-ui/static/${name}`), type }
}

function ours(name: string, type: string) {
  return { path: join(import.meta.dirname, '../docs-page', name), type }
}

/** The API for people: Swagger UI over `/openapi.json`. Nothing of it comes from elsewhere. */
export function docs(app: App): void {
  const read = createReader()

  app.get(
    '/docs',
    { config: { scope: 'any', page: {} }, schema: { hide: true } },
    async (_request, reply) => {
      const names = Object.keys(FILES)
      const versions = await Promise.all(names.map(async (name) => (await read(name))?.version))
      const addresses = names.map((name, at) => `/docs/${name}?v=${versions[at]}`)
      return reply.type('text/html; charset=utf-8').serializer(String).send(page(addresses))
    },
  )

  app.get(
    '/docs/:file',
    {
      config: { scope: 'any', asset: 'hashed' },
      schema: { hide: true, params: z.object({ file: z.string() }) },
    },
    async (request, reply) => {
      const file = await read(request.params.file)
      if (!file) throw new LupaError('route_not_found', 'The page at /docs has no such file.')
      return reply.type(file.type).send(file.body)
    },
  )
}

interface PageFile {
  body: Buffer
  type: string
  /** Of what is in it. */
  version: string
}

/** Reads each file once, when it is asked for first. */
function createReader(): (name: string) => Promise<PageFile | undefined> {
  const files = new Map<string, Promise<PageFile>>()
  return async function read(name) {
    const known = Object.hasOwn(FILES, name) ? FILES[name] : undefined
    if (!known) return undefined
    const file = files.get(name) ?? load(known)
    files.set(name, file)
    return file
  }
}

async function load({ path, type }: { path: string; type: string }): Promise<PageFile> {
  const body = await readFile(path)
  const version = createHash('sha256').update(body).digest('hex').slice(0, 12)
  return { body, type: `${type}; charset=utf-8`, version }
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
