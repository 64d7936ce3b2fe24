import { join } from 'node:path'
import { defineConfig } from 'vite'
import { precompress } from './precompress.ts'

export const CONSOLE = join(import.meta.dirname, '..')

/** Browsers of the last two years: what the styles ask for (`light-dark()`) is that old. */
const BROWSERS = ['chrome123', 'firefox120', 'safari17.5']

export default defineConfig({
  root: CONSOLE,
  logLevel: 'warn',
  clearScreen: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: BROWSERS,
    cssTarget: BROWSERS,
    // The content security policy takes files of the gateway's own, and nothing that is inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // On a busy machine everything is slow, and who starts Lupa need not know of what.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  plugins: [precompress()],
  server: {
    proxy: Object.fromEntries(
      ['/v1', '/predict', '/health', '/openapi.json', '/docs'].map((path) => [
        path,
        process.env.LUPA_URL ?? 'http://localhost:5000',
      ]),
    ),
  },
})
