/** The real worker, but for its children: `corruptible-child.ts`. */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const CHILD = new URL('./predictor/corruptible-child.ts', import.meta.url).href

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.endsWith('/src/predictor/predictor.ts')) return loaded
    const source = readFileSync(new URL(url), 'utf8')
    const corrupted = source.replace("new URL('./child.ts', import.meta.url)", `new URL('${CHILD}')`)
    if (corrupted === source) throw new Error('predictor.ts names its child in another way by now.')
    return { ...loaded, source: corrupted }
  },
})

await import('../src/main.ts')
