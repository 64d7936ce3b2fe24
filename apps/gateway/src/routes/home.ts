import { createHash } from 'node:crypto'
import type { App } from '../app-type.ts'
import type { GatewayConfig } from '../config.ts'

/** For whoever opens the address in a browser: it runs, and what to try first. */
export function home(app: App, { config }: { config: Pick<GatewayConfig, 'isOpen' | 'credentials'> }): void {
  const ownStyle = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`
  app.get(
    '/',
    { config: { scope: 'any', page: { 'style-src': [ownStyle] } }, schema: { hide: true } },
    async (request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .serializer(String)
        .send(page(`${request.protocol}://${request.host}`, howToComeIn(config))),
  )
}

function howToComeIn({ isOpen, credentials }: Pick<GatewayConfig, 'isOpen' | 'credentials'>): string {
  if (isOpen) return ''
  return credentials ? '-u user:password ' : '-H "X-API-Key: lupa_…" '
}

const STYLE = `
:root { color-scheme: light dark; --text: #1c2024; --dim: #5a636d; --ground: #fbfcfd; --panel: #eef1f4; --link: #0b5cad }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8ebee; --dim: #a3adb8; --ground: #14171a; --panel: #20252a; --link: #7ab8ff }
}
body { font: 1.05rem/1.6 system-ui, sans-serif; color: var(--text); background: var(--ground); margin: 0 }
main { max-width: 46rem; margin: 0 auto; padding: 3rem 1.25rem }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .5rem }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem }
p { margin: .5rem 0 }
.dim { color: var(--dim) }
pre { background: var(--panel); border-radius: .5rem; padding: 1rem; overflow-x: auto; font-size: .95rem }
a { color: var(--link) }
a:focus-visible, pre:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
li { margin: .35rem 0 }
`

function page(origin: string, login: string): string {
  const url = escapeHtml(origin)
  const user = escapeHtml(login)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lupa is running</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Lupa is running</h1>
<p class="dim">YOLO models behind a queue: a picture goes in, a job comes back at once, its result is never lost.</p>
<h2>Your first request</h2>
<p>Send a picture and get the prediction:</p>
<pre tabindex="0" aria-label="Command"><code>curl ${user}-F image=@photo.jpg ${url}/predict</code></pre>
<p>Or submit it, and come back for the result:</p>
<pre tabindex="0" aria-label="Commands"><code>curl ${user}-F image=@photo.jpg ${url}/v1/jobs
curl ${user}${url}/v1/jobs/&lt;id&gt;?wait=20</code></pre>
<h2>Look around</h2>
<ul>
<li><a href="/v1/models">/v1/models</a>: the models that can be run</li>
<li><a href="/v1/jobs">/v1/jobs</a>: your jobs, newest first</li>
<li><a href="/v1/queue">/v1/queue</a>: how many jobs wait, and who works on them</li>
<li><a href="/health">/health</a>: how the service fares</li>
<li><a href="/openapi.json">/openapi.json</a>: the whole API, as OpenAPI 3.1</li>
</ul>
</main>
</body>
</html>
`
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char)
}
