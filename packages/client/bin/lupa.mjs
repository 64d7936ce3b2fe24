#!/usr/bin/env node
// Runs the `lupa` command on a Node that reads TypeScript: this one, or the one that `npm start` installed.
// Plain JavaScript for any Node.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TYPESCRIPT_NODE_MAJOR = 24

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

if (Number(process.versions.node.split('.')[0]) >= TYPESCRIPT_NODE_MAJOR) {
  await import(MAIN)
} else {
  const node = installedNode(dirname(MAIN))
  if (node) handOver(node)
  else {
    process.stderr.write(
      `lupa needs Node ${TYPESCRIPT_NODE_MAJOR} or later, and this is ${process.version}.\n` +
        'Type `npm start` or `npm test` in the folder of Lupa once: both install one. Or: https://nodejs.org\n',
    )
    process.exitCode = 1
  }
}

/** The Node in the nearest node_modules upwards. */
function installedNode(folder) {
  const node = join(folder, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(node)) return node
  const above = dirname(folder)
  return above === folder ? undefined : installedNode(above)
}

/** Runs the command there, and ends as it ends. A Ctrl-C reaches both. */
function handOver(node) {
  const child = spawn(node, [MAIN, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal))
  }
  child.once('error', (error) => {
    process.stderr.write(`${node} cannot be run: ${error.message}\n`)
    process.exitCode = 1
  })
  child.once('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
}
