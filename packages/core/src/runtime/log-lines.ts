import { writeSync } from 'node:fs'
import { type DestinationStream, pino } from 'pino'

/** How long a line may wait for others. */
const FLUSH_MS = 50
const MOST_CHARACTERS = 64 * 1024
/** Whatever went wrong is written at once. */
const ERROR = 50

/**
 * Standard output for a logger, several lines at a time: a write for each costs more than all the rest of
 * logging. What waits is written when the process ends, however it ends but by a signal that cannot be caught.
 */
export function createLogLines(descriptor = 1): DestinationStream & { lastLevel: number } {
  let lines = ''
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    const text = lines
    lines = ''
    if (text) writeWhole(descriptor, Buffer.from(text))
  }
  process.on('exit', flush)

  const destination = {
    // Has pino say the level of each line.
    [pino.symbols.needsMetadataGsym]: true,
    lastLevel: 0,
    write(line: string) {
      lines += line
      if (lines.length > MOST_CHARACTERS || this.lastLevel >= ERROR) flush()
      else timer ??= setTimeout(flush, FLUSH_MS).unref()
    },
  }
  return destination
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // A pipe that is full: whoever reads it will come to it. One that nobody reads is no reason to fail.
      if (code !== 'EAGAIN') return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
