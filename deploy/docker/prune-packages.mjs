// Removes from node_modules what a running service never reads: a second Node, native code of other platforms, types,
// source maps, and the browser's and React Native's copies of a package. Run while an image is built, before its layer
// is closed.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const STORE = 'node_modules/.pnpm'
const NEVER_READ = /\.(?:d\.[cm]?ts|map|md|markdown|tsbuildinfo)$/
/** Of packages that are published for several worlds at once; `exports` and `main` lead Node elsewhere. */
const OTHER_WORLDS = [
  { scope: '/@azure/', folders: new Set(['browser', 'react-native']) },
  { scope: '/@opentelemetry/', folders: new Set(['esm', 'esnext']) },
]

// The workspace brings its own Node for laptops; an image has one.
for (const folder of readdirSync(STORE).filter((name) => /^node(?:-bin\S*)?@/.test(name))) {
  rmSync(join(STORE, folder), { recursive: true, force: true })
}
rmSync('node_modules/node', { force: true })
rmSync('node_modules/.bin/node', { force: true })

const entries = readdirSync(STORE, { recursive: true, withFileTypes: true })
for (const entry of entries) {
  const path = join(entry.parentPath, entry.name)
  if (entry.isFile() && NEVER_READ.test(entry.name)) rmSync(path, { force: true })
  const isElsewhere = OTHER_WORLDS.some(
    ({ scope, folders }) => folders.has(entry.name) && path.includes(scope),
  )
  if (entry.isDirectory() && isElsewhere) rmSync(path, { recursive: true, force: true })
}
for (const entry of entries) {
  if (!entry.isDirectory() || !entry.parentPath.endsWith('onnxruntime-node/bin/napi-v6')) continue
  for (const platform of readdirSync(join(entry.parentPath, entry.name))) {
    const folder = join(entry.parentPath, entry.name, platform)
    if (entry.name !== process.platform || platform !== process.arch) {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
