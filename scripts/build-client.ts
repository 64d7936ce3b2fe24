import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'vite'

/**
 * Makes the package `lupa` that is published: `node scripts/build-client.ts [folder]`, by default
 * packages/client/dist, then `npm publish` there. Everything it needs is in it, so that it installs nothing else
 * and runs on Node 20 and in browsers.
 */
const ROOT = resolve(import.meta.dirname, '..')
const CLIENT = join(ROOT, 'packages/client')
const OUT = resolve(process.argv[2] ?? join(CLIENT, 'dist'))

rmSync(OUT, { recursive: true, force: true })
mkdirSync(join(OUT, 'bin'), { recursive: true })
await bundle()
declareTypes()
writeManifest()
for (const file of ['README.md', '../../LICENSE'])
  cpSync(join(CLIENT, file), join(OUT, file.replace(/.*\//, '')))
process.stdout.write(`wrote ${OUT}\n`)

async function bundle(): Promise<void> {
  await build({
    root: CLIENT,
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true },
    build: {
      ssr: true,
      target: 'node20',
      outDir: OUT,
      emptyOutDir: false,
      minify: false,
      license: { fileName: 'THIRD-PARTY.md' },
      rolldownOptions: {
        input: {
          'lib/node': join(CLIENT, 'src/library/node.ts'),
          'lib/browser': join(CLIENT, 'src/library/browser.ts'),
          'lib/command': join(CLIENT, 'src/published-main.ts'),
        },
        output: { entryFileNames: '[name].js', chunkFileNames: 'lib/[name]-[hash].js' },
      },
    },
  })
  const bin = join(OUT, 'bin/lupa.js')
  writeFileSync(bin, "#!/usr/bin/env node\nimport '../lib/command.js'\n", { mode: 0o755 })
}

function declareTypes(): void {
  const args = ['-p', join(CLIENT, 'tsconfig.build.json'), '--outDir', join(OUT, 'lib')]
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`tsc ended with ${status}:\n${stdout}`)
}

function writeManifest(): void {
  const { version, license } = JSON.parse(readFileSync(join(CLIENT, 'package.json'), 'utf8')) as {
    version: string
    license: string
  }
  const manifest = {
    name: 'lupa',
    version,
    description: 'Client and command line of Lupa: YOLO models behind a queue.',
    license,
    type: 'module',
    engines: { node: '>=20' },
    sideEffects: false,
    bin: { lupa: './bin/lupa.js' },
    exports: {
      '.': {
        browser: { types: './lib/browser.d.ts', default: './lib/browser.js' },
        types: './lib/node.d.ts',
        default: './lib/node.js',
      },
      './package.json': './package.json',
    },
    files: ['bin', 'lib', 'THIRD-PARTY.md'],
  }
  writeFileSync(join(OUT, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}
