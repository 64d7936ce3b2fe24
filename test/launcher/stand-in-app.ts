import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endWithParent } from '@lupa/core/runtime/end-with-parent'

// node stand-in-app.ts <folder> <drainMs>: an app with nothing to do but to tell of its life, in
// <folder>/app.log. Told to stop, it asks for <drainMs> to finish its work.

const [folder = '.', drainMs = '0'] = process.argv.slice(2)
const log = (event: string) => appendFileSync(join(folder, 'app.log'), `${event} ${process.pid}\n`)

process.once('SIGTERM', () => {
  log('stopping')
  void sleep(Number(drainMs)).then(() => {
    log('drained')
    process.exit(0)
  })
})
endWithParent()
if (process.env.STAND_IN_EXIT_CODE) process.exit(Number(process.env.STAND_IN_EXIT_CODE))
log('started')
setInterval(() => {}, 1_000)
