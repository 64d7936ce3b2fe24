import { styleText } from 'node:util'
import cliProgress from 'cli-progress'
import { onStop } from './on-stop.ts'

/** Where the command's words go: results to standard output, everything else to standard error. */
export interface Terminal {
  /** A line of the result. */
  print: (text: string) => void
  /** The whole result, for programs. */
  printJson: (value: unknown) => void
  /** One of many results, for programs: JSON on a line. */
  printLine: (value: unknown) => void
  /** What is being done. */
  note: (text: string) => void
  /** How far something is: a bar on a terminal, elsewhere a line at every tenth. */
  progress: (title: string) => Progress
  /** The same, and on a terminal only. */
  bar: (title: string) => Progress
  /** Empties the screen, where there is one. */
  clear: () => void
  bold: (text: string) => string
  dim: (text: string) => string
  good: (text: string) => string
  bad: (text: string) => string
}

export interface Progress extends Disposable {
  update: (done: number, total: number) => void
  /** Lets something be printed without a bar being in its way. */
  aside: (print: () => void) => void
}

const NO_PROGRESS: Progress = { update() {}, aside: (print) => print(), [Symbol.dispose]() {} }
const CLEAR_SCREEN = '\u001B[H\u001B[2J'
const CLEAR_LINE = '\r\u001B[2K'

export function createTerminal({
  stdout = process.stdout,
  stderr = process.stderr,
}: {
  stdout?: NodeJS.WriteStream
  stderr?: NodeJS.WriteStream
} = {}): Terminal {
  // Heeds NO_COLOR, and that a file is no terminal: https://nodejs.org/api/util.html#utilstyletextformat-text-options
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    styleText(format, text, { stream: stdout })
  return {
    print: (text) => void stdout.write(`${text}\n`),
    printJson: (value) => void stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    printLine: (value) => void stdout.write(`${JSON.stringify(value)}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    progress: (title) => (stderr.isTTY ? createBar(title, stderr) : createLines(title, stderr)),
    bar: (title) => (stderr.isTTY ? createBar(title, stderr) : NO_PROGRESS),
    clear: () => void (stdout.isTTY && stdout.write(CLEAR_SCREEN)),
    bold: style('bold'),
    dim: style('dim'),
    good: style('green'),
    bad: style('red'),
  }
}

function createBar(title: string, stream: NodeJS.WriteStream): Progress {
  const bar = new cliProgress.SingleBar({
    format: `${title} {bar} {value}/{total}`,
    barsize: 30,
    hideCursor: true,
    stream,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  })
  bar.start(1, 0)
  // It hides the cursor meanwhile.
  const stop = onStop(() => bar.stop())
  return {
    update(done, total) {
      bar.setTotal(total)
      bar.update(done)
    },
    aside(print) {
      stream.write(CLEAR_LINE)
      print()
      bar.render()
    },
    [Symbol.dispose]() {
      stop[Symbol.dispose]()
      bar.stop()
    },
  }
}

function createLines(title: string, stream: NodeJS.WriteStream): Progress {
  let told = -1
  return {
    update(done, total) {
      const tenth = Math.floor((10 * done) / Math.max(1, total))
      if (tenth <= told) return
      told = tenth
      stream.write(`${title} ${done}/${total}\n`)
    },
    aside: (print) => print(),
    [Symbol.dispose]() {},
  }
}
