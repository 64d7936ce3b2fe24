import { access } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import { LupaError } from '@lupa/core/domain/errors'
import type { App } from '../app-type.ts'

export interface ConsoleDeps {
  /** Where the built page is, or will be once it is built. */
  consoleDirectory: string
}

const PAGE = 'index.html'
const ASSET = /^[\w-][\w.-]*$/

/** The console, at `/`. It may be built while the gateway runs. */
export async function registerConsole(app: App, { consoleDirectory }: ConsoleDeps): Promise<void> {
  await app.register(fastifyStatic, { serve: false, preCompressed: true })

  app.get('/', { config: { scope: 'any', page: {} }, schema: { hide: true } }, async (_request, reply) => {
    if (await exists(join(consoleDirectory, PAGE))) {
      return reply.sendFile(PAGE, consoleDirectory, { cacheControl: false })
    }
    return reply
      .code(503)
      .header('retry-after', 5)
      .type('text/html; charset=utf-8')
      .serializer(String)
      .send(NOT_BUILT)
  })

  app.get(
    '/assets/:file',
    { config: { scope: 'none', asset: 'hashed' }, schema: { hide: true } },
    async (request, reply) => {
      const { file } = request.params as { file: string }
      if (!ASSET.test(file) || !(await exists(join(consoleDirectory, 'assets', file)))) {
        throw new LupaError('route_not_found', 'The console has no such file. Load its page again.')
      }
      return reply.sendFile(join('assets', file), consoleDirectory, { cacheControl: false })
    },
  )
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  )

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="3"><title>Lupa is running</title></head>
<body>
<h1>Lupa is running</h1>
<p>Its console is being built, as <code>npm start</code> does, and is shown here in a few seconds. If not, build it:</p>
<pre tabindex="0">npm run console</pre>
<p>The API is there meanwhile:</p>
<pre tabindex="0">curl -F image=@photo.jpg localhost:5000/v1/jobs</pre>
<ul>
<li><a href="/v1/models">/v1/models</a></li>
<li><a href="/v1/queue">/v1/queue</a></li>
<li><a href="/health">/health</a></li>
<li><a href="/openapi.json">/openapi.json</a></li>
</ul>
</body>
</html>
`
